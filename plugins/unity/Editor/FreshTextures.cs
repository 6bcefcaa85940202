using System.IO;
using Impasto.Core;
using UnityEngine;

namespace Impasto.Companion
{
    /// <summary>
    /// Notes of textures that were imported without .meta and without manifest. They are files in Library, for an import
    /// worker is a process of its own, and only while it imports can a new .meta be told from one that a pull brought.
    /// </summary>
    internal static class FreshTextures
    {
        const string Folder = "Library/ImpastoFresh";

        internal static void Note(string path)
        {
            string note = NoteOf(path);
            Directory.CreateDirectory(Path.GetDirectoryName(note));
            File.WriteAllText(note, "");
        }

        /// <summary>Whether there was a note, which is gone now.</summary>
        internal static bool Take(string path)
        {
            string note = NoteOf(path);
            if (!File.Exists(note))
                return false;
            File.Delete(note);
            return true;
        }

        static string NoteOf(string path)
        {
            return ProjectPath.OnDisk(Project.Root, Folder + "/" + Hash128.Compute(path));
        }
    }
}
