using System.Collections.Generic;
using System.IO;
using Impasto.Core;
using UnityEngine;

namespace Impasto.Companion
{
    /// <summary>The project's folder, and the two files that the companion keeps in it.</summary>
    internal static class Project
    {
        internal const string Assets = "Assets";
        internal const string ChoicesPath = "ProjectSettings/ImpastoChoices.json";
        const string RecordPath = "Library/ImpastoImports.json";

        internal static string Root
        {
            get { return Path.GetDirectoryName(Application.dataPath); }
        }

        /// <summary>What the team chose; empty where nothing was chosen yet.</summary>
        internal static string ReadChoicesText()
        {
            return ReadText(ChoicesPath);
        }

        internal static void WriteChoices(string text)
        {
            Replace(ChoicesPath, text);
        }

        internal static ImportRecord ReadRecord(out IReadOnlyList<HashedFile> hashed)
        {
            return ImportRecord.FromText(ReadText(RecordPath), out hashed);
        }

        internal static void WriteRecord(ImportRecord record, IEnumerable<HashedFile> hashed)
        {
            Replace(RecordPath, record.ToText(hashed));
        }

        static string ReadText(string path)
        {
            string onDisk = ProjectPath.OnDisk(Root, path);
            return File.Exists(onDisk) ? File.ReadAllText(onDisk) : "";
        }

        /// <summary>Whole or not at all.</summary>
        static void Replace(string path, string text)
        {
            string onDisk = ProjectPath.OnDisk(Root, path), fresh = onDisk + ".tmp";
            Directory.CreateDirectory(Path.GetDirectoryName(onDisk));
            File.WriteAllText(fresh, text);
            if (File.Exists(onDisk))
                File.Replace(fresh, onDisk, null);
            else
                File.Move(fresh, onDisk);
        }
    }
}
