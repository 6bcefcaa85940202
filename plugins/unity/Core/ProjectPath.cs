using System;
using System.IO;
using System.Linq;

namespace Impasto.Core
{
    /// <summary>Paths relative to the project's folder, with /, as Unity names its assets.</summary>
    public static class ProjectPath
    {
        public static string FolderOf(string path)
        {
            int end = path.LastIndexOf('/');
            return end < 0 ? "" : path.Substring(0, end);
        }

        public static string Join(string folder, string file)
        {
            return folder.Length == 0 ? file : folder + "/" + file;
        }

        public static string OnDisk(string root, string path)
        {
            return Path.Combine(root, path.Replace('/', Path.DirectorySeparatorChar));
        }

        /// <summary>Whether a file that a manifest names stays inside the manifest's folder.</summary>
        public static bool StaysInside(string file)
        {
            if (file.IndexOfAny(new[] { '\\', ':', '\0' }) >= 0 || HasHalfALetter(file))
                return false;
            return file.Split('/').All(part => part != "" && part != "." && part != "..");
        }

        static bool HasHalfALetter(string file)
        {
            for (int i = 0; i < file.Length; i++)
            {
                if (!char.IsSurrogate(file[i]))
                    continue;
                if (i + 1 >= file.Length || !char.IsSurrogatePair(file[i], file[i + 1]))
                    return true;
                i++;
            }
            return false;
        }
    }
}
