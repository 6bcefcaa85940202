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

        /// <summary>What is known of the files that are there, hashed anew where they changed, on half of the cores.</summary>
        public IReadOnlyList<HashedFile> Look(IEnumerable<string> paths)
        {
            return paths.AsParallel().AsOrdered()
                .WithDegreeOfParallelism(Math.Max(1, Environment.ProcessorCount / 2))
                .Select(Look).Where(file => file != null).ToList();
        }

        /// <summary>Null for a file that is not there.</summary>
        public HashedFile Look(string path)
        {
            var file = new FileInfo(ProjectPath.OnDisk(root, path));
            try
            {
                if (file.Exists)
                    return Known(path, file) ?? Hash(path, file);
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
            {
                return null; // it is being replaced; the next look sees it
            }
            lock (seen)
                seen.Remove(path);
            return null;
        }

        /// <summary>Null for a file that has to be read.</summary>
        HashedFile Known(string path, FileInfo file)
        {
            lock (seen)
            {
                HashedFile known;
                return !young.Contains(path) && seen.TryGetValue(path, out known) && IsSame(known, file) ? known : null;
            }
        }

        HashedFile Hash(string path, FileInfo file)
        {
            var hashed = new HashedFile(path, file.Length, file.LastWriteTimeUtc.Ticks, Sha256(file));
            lock (seen)
            {
                Hashed++;
                if ((DateTime.UtcNow - file.LastWriteTimeUtc).Duration() < Coarsest)
                    young.Add(path);
                else
                    young.Remove(path);
                HashedFile known;
                if (seen.TryGetValue(path, out known) && IsSame(known, file) && known.Sha256 == hashed.Sha256)
                    return known;
                seen[path] = hashed;
                return hashed;
            }
        }

        static bool IsSame(HashedFile known, FileInfo file)
        {
            return known.Size == file.Length && known.Ticks == file.LastWriteTimeUtc.Ticks;
        }

        static string Sha256(FileInfo file)
        {
            const FileShare all = FileShare.ReadWrite | FileShare.Delete; // the daemon may replace it meanwhile
            using (var hash = SHA256.Create())
            using (var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, all, 1 << 20))
                return string.Concat(hash.ComputeHash(stream).Select(part => part.ToString("x2")));
        }
    }
}
