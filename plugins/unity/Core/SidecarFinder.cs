using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Impasto.Core
{
    /// <summary>Every sidecar below a folder of the project, in order of its path.</summary>
    public static class SidecarFinder
    {
        public const string Suffix = ".impasto";

        /// <summary>Passes over names that begin with a dot, those that Unity imports nothing of (they end in ~), and links.</summary>
        public static List<string> Find(string root, string folder)
        {
            var found = new List<string>();
            var left = new Stack<string>();
            left.Push(folder);
            while (left.Count > 0)
            {
                string place = left.Pop();
                var onDisk = new DirectoryInfo(ProjectPath.OnDisk(root, place));
                try
                {
                    foreach (DirectoryInfo inner in onDisk.EnumerateDirectories())
                    {
                        if (!IsHidden(inner.Name) && (inner.Attributes & FileAttributes.ReparsePoint) == 0)
                            left.Push(ProjectPath.Join(place, inner.Name));
                    }
                    found.AddRange(onDisk.EnumerateFiles("*" + Suffix)
                        .Where(file => IsSidecar(file.Name))
                        .Select(file => ProjectPath.Join(place, file.Name)));
                }
                catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
                {
                    // a folder that was removed while it was walked, or that may not be read, holds nothing to import
                }
            }
            found.Sort(string.CompareOrdinal);
            return found;
        }

        /// <summary>The sidecars in one folder and in those above it: only they can list a file of that folder.</summary>
        public static IEnumerable<string> Above(string root, string path)
        {
            for (string folder = ProjectPath.FolderOf(path); folder.Length > 0; folder = ProjectPath.FolderOf(folder))
            {
                string onDisk = ProjectPath.OnDisk(root, folder);
                if (!Directory.Exists(onDisk))
                    continue;
                foreach (string file in Directory.GetFiles(onDisk, "*" + Suffix))
                {
                    string name = Path.GetFileName(file);
                    if (IsSidecar(name))
                        yield return ProjectPath.Join(folder, name);
                }
            }
        }

        static bool IsSidecar(string name)
        {
            return name.EndsWith(Suffix, StringComparison.Ordinal) && !name.StartsWith(".", StringComparison.Ordinal);
        }

        static bool IsHidden(string name)
        {
            return name.StartsWith(".", StringComparison.Ordinal) || name.EndsWith("~", StringComparison.Ordinal);
        }
    }
}
