using System.Collections.Generic;
using System.Linq;

namespace Impasto.Core
{
    /// <summary>The sidecars of one folder that name one material; a source that names none is one by itself.</summary>
    public sealed class MaterialGroup
    {
        public readonly string Folder;
        public readonly string Name;
        public readonly IReadOnlyList<Sidecar> Sidecars;

        MaterialGroup(string folder, string name, IReadOnlyList<Sidecar> sidecars)
        {
            Folder = folder;
            Name = name;
            Sidecars = sidecars;
        }

        public static IReadOnlyList<MaterialGroup> Of(IEnumerable<Sidecar> sidecars)
        {
            return sidecars
                .GroupBy(one => one.Folder + "\n" + one.Source.Material + "\n" + (one.Source.Material == "" ? one.Path : ""))
                .Select(group => new MaterialGroup(group.First().Folder, NameOf(group.First()), group.ToList()))
                .ToList();
        }

        static string NameOf(Sidecar sidecar)
        {
            return sidecar.Source.Material == "" ? sidecar.Source.File : sidecar.Source.Material;
        }
    }

    /// <summary>What a source shows: a map of some variant, or itself where Map is null.</summary>
    public sealed class Shown
    {
        public readonly Sidecar Sidecar;
        public readonly string Path;
        public readonly string Variant;
        public readonly MapFile Map;

        internal Shown(Sidecar sidecar)
        {
            Sidecar = sidecar;
            Path = sidecar.SourcePath;
            Variant = ShownFiles.Original;
        }

        internal Shown(Sidecar sidecar, Sidecar holder, Variant variant, MapFile map)
        {
            Sidecar = sidecar;
            Path = holder.PathOf(map.File);
            Variant = variant.Id;
            Map = map;
        }
    }

    /// <summary>Which file a source shows: the two rules of plugins/README.md.</summary>
    public sealed class ShownFiles
    {
        public const string Original = "original";

        readonly Found found;
        readonly ICollection<string> shown;

        /// <summary>shown: the files that are shown now, which stay usable while their new bytes are on the way.</summary>
        public ShownFiles(Found found, ICollection<string> shown)
        {
            this.found = found;
            this.shown = shown;
        }

        /// <summary>Rule 1: a variant's id, or Original.</summary>
        public string Wanted(MaterialGroup material, Choices choices)
        {
            string chosen = choices.Of(material);
            if (chosen == "")
                chosen = choices.Project;
            if (chosen != "")
                return chosen;
            Variant first = choices.Follow ? FirstStyled(material) : null;
            return first == null ? Original : first.Id;
        }

        /// <summary>Rule 2, for each source of the material.</summary>
        public IEnumerable<Shown> Of(MaterialGroup material, string wanted)
        {
            return material.Sidecars.Select(sidecar => Of(sidecar, material, wanted));
        }

        Variant FirstStyled(MaterialGroup material)
        {
            return material.Sidecars
                .Where(sidecar => sidecar.Source.Role == "base_color" || sidecar.Source.Role == "sprite")
                .SelectMany(sidecar => sidecar.Variants.Where(one => one.Style != "" && found.IsUsable(sidecar, one, shown)))
                .FirstOrDefault();
        }

        Shown Of(Sidecar sidecar, MaterialGroup material, string wanted)
        {
            if (wanted != Original && sidecar.Source.Role != "")
            {
                foreach (Sidecar holder in new[] { sidecar }.Concat(material.Sidecars.Where(other => other != sidecar)))
                {
                    foreach (Variant variant in holder.Variants.Where(one => one.Id == wanted))
                    {
                        Shown map = MapOf(sidecar, holder, variant);
                        if (map != null)
                            return map;
                    }
                }
                List<Variant> plain = sidecar.Variants.Where(one => one.Style == "").ToList();
                Shown upscaled = plain.Count == 1 ? MapOf(sidecar, sidecar, plain[0]) : null;
                if (upscaled != null)
                    return upscaled;
            }
            return new Shown(sidecar);
        }

        Shown MapOf(Sidecar sidecar, Sidecar holder, Variant variant)
        {
            MapFile map = variant.MapOf(sidecar.Source.Role);
            return map != null && found.IsUsable(holder, variant, shown) ? new Shown(sidecar, holder, variant, map) : null;
        }
    }
}
