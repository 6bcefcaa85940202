using System.Collections.Generic;
using System.Linq;

namespace Impasto.Core
{
    /// <summary>Late: it is there with other bytes, on its way or edited by hand.</summary>
    public enum Arrival
    {
        Arrived,
        Late,
        Gone,
    }

    /// <summary>What one look at the project saw; Broken has one line for each sidecar that cannot be read.</summary>
    public sealed class Found
    {
        public static readonly Found Nothing = new Found(new Sidecar[0], new string[0], new HashedFile[0]);

        public readonly IReadOnlyList<Sidecar> Sidecars;
        public readonly IReadOnlyList<string> Broken;
        public readonly IReadOnlyList<HashedFile> Files;
        readonly Dictionary<string, HashedFile> byPath;

        public Found(IReadOnlyList<Sidecar> sidecars, IReadOnlyList<string> broken, IReadOnlyList<HashedFile> files)
        {
            Sidecars = sidecars;
            Broken = broken;
            Files = files;
            byPath = files.ToDictionary(file => file.Path);
        }

        /// <summary>Null for a file that is not there.</summary>
        public string HashOf(string path)
        {
            HashedFile file;
            return byPath.TryGetValue(path, out file) ? file.Sha256 : null;
        }

        public Arrival ArrivalOf(string path, string sha256)
        {
            string hash = HashOf(path);
            return hash == null ? Arrival.Gone : hash == sha256 ? Arrival.Arrived : Arrival.Late;
        }

        public Arrival ArrivalOf(Sidecar sidecar, MapFile map)
        {
            return ArrivalOf(sidecar.PathOf(map.File), map.Sha256);
        }

        /// <summary>Whether all maps passed the gate, whatever its status; one that is shown already may be late.</summary>
        public bool IsUsable(Sidecar sidecar, Variant variant, ICollection<string> shown)
        {
            return variant.Maps.Count > 0 && variant.Maps.All(map =>
            {
                Arrival arrival = ArrivalOf(sidecar, map);
                return arrival == Arrival.Arrived || (arrival == Arrival.Late && shown.Contains(sidecar.PathOf(map.File)));
            });
        }

        public bool AnyLate
        {
            get { return Sidecars.Any(sidecar => sidecar.Maps.Any(map => ArrivalOf(sidecar, map) == Arrival.Late)); }
        }
    }
}
