using System;
using System.Collections.Generic;
using System.Linq;

namespace Impasto.Core
{
    /// <summary>Looks at a project again and again; only what changed on disk is read again.</summary>
    public sealed class Survey
    {
        readonly string root;
        readonly string folder;
        readonly HashGate gate;
        readonly Dictionary<string, Reading> readings = new Dictionary<string, Reading>();
        Found last = Found.Nothing;

        /// <summary>known: hashes of an earlier session.</summary>
        public Survey(string root, string folder, IEnumerable<HashedFile> known)
        {
            this.root = root;
            this.folder = folder;
            gate = new HashGate(root, known);
        }

        public int Hashed
        {
            get { return gate.Hashed; }
        }

        /// <summary>Gives the same object as before when nothing changed.</summary>
        public Found Look()
        {
            var files = new Dictionary<string, HashedFile>();
            var sidecars = new List<Sidecar>();
            var broken = new List<string>();
            foreach (HashedFile file in gate.Look(SidecarFinder.Find(root, folder)))
            {
                files[file.Path] = file;
                Reading reading = Read(file);
                if (reading.Sidecar != null)
                    sidecars.Add(reading.Sidecar);
                else
                    broken.Add(reading.Problem);
            }
            List<string> listed = sidecars.SelectMany(Listed).Distinct().Where(path => !files.ContainsKey(path)).ToList();
            foreach (HashedFile file in gate.Look(listed))
                files[file.Path] = file;
            foreach (string gone in readings.Keys.Where(path => !files.ContainsKey(path)).ToList())
                readings.Remove(gone);

            List<HashedFile> seen = files.Values.OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
            if (!seen.SequenceEqual(last.Files))
                last = new Found(sidecars, broken, seen);
            return last;
        }

        static IEnumerable<string> Listed(Sidecar sidecar)
        {
            yield return sidecar.SourcePath;
            foreach (MapFile map in sidecar.Maps)
                yield return sidecar.PathOf(map.File);
        }

        Reading Read(HashedFile file)
        {
            Reading reading;
            if (readings.TryGetValue(file.Path, out reading) && reading.Sha256 == file.Sha256)
                return reading;
            try
            {
                reading = new Reading(file.Sha256, SidecarReader.Read(root, file.Path), null);
            }
            catch (SidecarError error)
            {
                reading = new Reading(file.Sha256, null, error.Message);
            }
            readings[file.Path] = reading;
            return reading;
        }

        sealed class Reading
        {
            internal readonly string Sha256;
            internal readonly Sidecar Sidecar;
            internal readonly string Problem;

            internal Reading(string sha256, Sidecar sidecar, string problem)
            {
                Sha256 = sha256;
                Sidecar = sidecar;
                Problem = problem;
            }
        }
    }
}
