using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using Impasto.Core;

namespace Impasto.Tests
{
    /// <summary>Writes pictures and sidecars into a folder of a project, as the daemon would.</summary>
    public sealed class SidecarWriter
    {
        public readonly string Root;
        public readonly string Folder;
        readonly byte[] picture;
        DateTime written = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        /// <summary>picture: bytes that each picture begins with.</summary>
        public SidecarWriter(string root, string folder, byte[] picture)
        {
            Root = root;
            Folder = folder;
            this.picture = picture;
            Directory.CreateDirectory(ProjectPath.OnDisk(root, folder));
        }

        public string PathOf(string file)
        {
            return ProjectPath.Join(Folder, file);
        }

        /// <summary>A picture of its own for each file and version.</summary>
        public string Picture(string file, int version)
        {
            byte[] bytes = Bytes(file, version);
            string onDisk = ProjectPath.OnDisk(Root, PathOf(file));
            Directory.CreateDirectory(Path.GetDirectoryName(onDisk));
            File.WriteAllBytes(onDisk, bytes);
            return Dated(file);
        }

        public void Delete(string file)
        {
            File.Delete(ProjectPath.OnDisk(Root, PathOf(file)));
        }

        /// <summary>Of a source, whose version is 0, with what Variant and Map give.</summary>
        public string Sidecar(string source, string role, string material, params string[] variants)
        {
            string text = "{\"schema\": \"impasto.manifest/1.0\", \"source\": {\"file\": " + Json.Quote(source) + ", \"sha256\": " + Json.Quote(HashOf(source, 0))
                + ", \"role\": " + Json.Quote(role) + ", \"material\": " + Json.Quote(material) + "}, \"variants\": [" + string.Join(", ", variants) + "]}";
            return Write(source + ".impasto", text);
        }

        public string Write(string file, string text)
        {
            File.WriteAllText(ProjectPath.OnDisk(Root, PathOf(file)), text);
            return Dated(file);
        }

        /// <summary>No two writes at one time, however fast a test is.</summary>
        string Dated(string file)
        {
            written = written.AddSeconds(1);
            File.SetLastWriteTimeUtc(ProjectPath.OnDisk(Root, PathOf(file)), written);
            return PathOf(file);
        }

        public static string Variant(string id, string style, params string[] maps)
        {
            return "{\"id\": " + Json.Quote(id) + ", \"status\": \"ready\", \"rule\": \"walls\", \"reason\": \"it matches\", \"style\": "
                + (style == "" ? "null" : Json.Quote(style)) + ", \"maps\": [" + string.Join(", ", maps) + "]}";
        }

        /// <summary>A base colour repeats and is sRGB; a sprite is clamped and hard; others are linear.</summary>
        public string Map(string file, int version, string role, int side)
        {
            bool isColor = role == "base_color" || role == "sprite";
            var fields = new List<string>
            {
                "\"file\": " + Json.Quote(file),
                "\"sha256\": " + Json.Quote(HashOf(file, version)),
                "\"width\": " + side,
                "\"height\": " + side,
                "\"scale\": 2.0",
                "\"role\": " + Json.Quote(role),
                "\"color_space\": " + (isColor ? "\"srgb\"" : "\"linear\""),
                "\"channels\": " + (role == "packed" ? "\"mo-s\"" : "\"rgb\""),
                "\"alpha_mode\": " + (role == "sprite" ? "\"mask\"" : "\"none\""),
                "\"normal_y\": " + (role == "normal" ? "\"-\"" : "null"),
            };
            string wrap = role == "sprite" ? "clamp" : "repeat";
            fields.Add("\"wrap_u\": \"" + wrap + "\", \"wrap_v\": \"" + wrap + "\", \"filter_hint\": \"" + (role == "sprite" ? "nearest" : "linear") + "\"");
            return "{" + string.Join(", ", fields) + "}";
        }

        byte[] Bytes(string file, int version)
        {
            return picture.Concat(System.Text.Encoding.UTF8.GetBytes(file + " " + version)).ToArray();
        }

        string HashOf(string file, int version)
        {
            using (var hash = SHA256.Create())
                return string.Concat(hash.ComputeHash(Bytes(file, version)).Select(part => part.ToString("x2")));
        }
    }
}
