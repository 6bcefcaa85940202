using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;

namespace Impasto.Core
{
    /// <summary>A file's hash, known for as long as its size and time stay.</summary>
    public sealed class HashedFile
    {
        public readonly string Path;
        public readonly long Size;
        public readonly long Ticks;
        public readonly string Sha256;

        public HashedFile(string path, long size, long ticks, string sha256)
        {
            Path = path;
            Size = size;
            Ticks = ticks;
            Sha256 = sha256;
        }
    }

    /// <summary>Hashes files, none of them twice while its size and time stay and it is not just written.</summary>
    public sealed class HashGate
    {
        static readonly TimeSpan Coarsest = TimeSpan.FromSeconds(2); // a file system's steps: two writes can have one time

        readonly string root;
        readonly Dictionary<string, HashedFile> seen;
        readonly HashSet<string> young = new HashSet<string>();

        public HashGate(string root, IEnumerable<HashedFile> known)
        {
            this.root = root;
            seen = known.ToDictionary(file => file.Path);
        }

        /// <summary>How many files were read to the end.</summary>
        public int Hashed { get; private set; }

        /// <summary>What is known of a file that is there, hashed anew where it changed; null for one that is not there.</summary>
        public HashedFile Look(string path)
        {
            var file = new FileInfo(ProjectPath.OnDisk(root, path));
            HashedFile known;
            seen.TryGetValue(path, out known);
            try
            {
                if (!file.Exists)
                {
                    seen.Remove(path);
                    return null;
                }
                long size = file.Length, ticks = file.LastWriteTimeUtc.Ticks;
                bool isSame = known != null && known.Size == size && known.Ticks == ticks;
                if (isSame && !young.Contains(path))
                    return known;
                if ((DateTime.UtcNow - file.LastWriteTimeUtc).Duration() < Coarsest)
                    young.Add(path);
                else
                    young.Remove(path);
                string sha256 = Sha256(file);
                Hashed++;
                if (!isSame || known.Sha256 != sha256)
                    seen[path] = known = new HashedFile(path, size, ticks, sha256);
                return known;
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
            {
                return null; // it is being replaced; the next look sees it
            }
        }

        static string Sha256(FileInfo file)
        {
            using (var hash = SHA256.Create())
            using (var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20))
                return string.Concat(hash.ComputeHash(stream).Select(part => part.ToString("x2")));
        }
    }
}
