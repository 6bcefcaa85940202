using System.Collections.Generic;
using System.Linq;

namespace Impasto.Core
{
    /// <summary>One output. NormalY is "+", "-" or empty, Channels a packing such as "orm".</summary>
    public sealed class MapFile
    {
        public readonly string File;
        public readonly string Sha256;
        public readonly int Width;
        public readonly int Height;
        public readonly double Scale;
        public readonly string Role;
        public readonly string ColorSpace;
        public readonly string Channels;
        public readonly string AlphaMode;
        public readonly string NormalY;
        public readonly string WrapU;
        public readonly string WrapV;
        public readonly string FilterHint;

        internal MapFile(Fields fields)
        {
            File = fields.File();
            Sha256 = fields.Text("sha256").ToLowerInvariant();
            Width = fields.Size("width");
            Height = fields.Size("height");
            Scale = fields.Scale("scale");
            Role = fields.Text("role");
            ColorSpace = fields.Text("color_space");
            Channels = fields.TextOr("channels", "");
            AlphaMode = fields.Text("alpha_mode");
            NormalY = fields.TextOr("normal_y", "");
            WrapU = fields.Text("wrap_u");
            WrapV = fields.Text("wrap_v");
            FilterHint = fields.TextOr("filter_hint", "linear");
        }
    }

    /// <summary>Style is empty for a variant that is upscaled only, Error for one that did not fail.</summary>
    public sealed class Variant
    {
        public readonly string Id;
        public readonly string Status;
        public readonly bool Draft;
        public readonly string Error;
        public readonly string Rule;
        public readonly string Reason;
        public readonly string Style;
        public readonly IReadOnlyList<MapFile> Maps;

        internal Variant(Fields fields)
        {
            Id = fields.Text("id");
            Status = fields.Text("status");
            Draft = fields.Flag("draft");
            Error = fields.TextOr("error", "");
            Rule = fields.TextOr("rule", "");
            Reason = fields.TextOr("reason", "");
            Style = fields.TextOr("style", "");
            Maps = fields.Rows("maps").Select(row => new MapFile(row)).ToList();
        }

        public MapFile MapOf(string role)
        {
            return Maps.FirstOrDefault(map => map.Role == role);
        }
    }

    /// <summary>Role is empty for a source that cannot be decoded.</summary>
    public sealed class SourceFile
    {
        public readonly string File;
        public readonly string Sha256;
        public readonly string Role;
        public readonly string Material;

        internal SourceFile(Fields fields)
        {
            File = fields.File();
            Sha256 = fields.Text("sha256").ToLowerInvariant();
            Role = fields.TextOr("role", "");
            Material = fields.TextOr("material", "");
        }
    }

    /// <summary>A sidecar as a companion reads it. Paths are relative to the project, with /.</summary>
    public sealed class Sidecar
    {
        public readonly string Path;
        public readonly SourceFile Source;
        public readonly IReadOnlyList<Variant> Variants;
        public readonly IReadOnlyList<string> Retired;

        internal Sidecar(string path, Fields fields)
        {
            Path = path;
            Source = new SourceFile(fields.Inner("source"));
            Variants = fields.Rows("variants").Select(row => new Variant(row)).ToList();
            Retired = fields.Rows("retired").Select(row => row.File()).ToList();
        }

        public string Folder
        {
            get { return ProjectPath.FolderOf(Path); }
        }

        public string SourcePath
        {
            get { return PathOf(Source.File); }
        }

        public string PathOf(string file)
        {
            return ProjectPath.Join(Folder, file);
        }

        public IEnumerable<MapFile> Maps
        {
            get { return Variants.SelectMany(variant => variant.Maps); }
        }
    }
}
