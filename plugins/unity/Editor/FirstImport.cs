using System.Collections.Generic;
using System.IO;
using System.Linq;
using Impasto.Core;
using UnityEditor;

namespace Impasto.Companion
{
    /// <summary>
    /// Sets up a listed texture that has no .meta yet; later imports are left to the user.
    /// OnPreprocessAsset, for a class with OnPreprocessTexture makes Unity import every texture of a project anew when
    /// it is added. No dependency on the sidecar is declared: it is rewritten when other variants change.
    /// </summary>
    internal sealed class FirstImport : AssetPostprocessor
    {
        static readonly Dictionary<string, Reading> Readings = new Dictionary<string, Reading>();

        void OnPreprocessAsset()
        {
            var importer = assetImporter as TextureImporter;
            if (importer == null || !importer.importSettingsMissing)
                return;
            Listed listed = FindListed(assetPath);
            if (listed == null)
                FreshTextures.Note(assetPath);
            else
                TextureSetup.Apply(importer, new TextureSettings(listed.Map), listed.Source);
        }

        static void OnPostprocessAllAssets(string[] imported, string[] deleted, string[] moved, string[] movedFrom)
        {
            ProjectWatch.AssetsChanged(imported);
        }

        /// <summary>Null for a file that no manifest lists as an output.</summary>
        internal static Listed FindListed(string path)
        {
            return SidecarFinder.Above(Project.Root, path)
                .Select(Read)
                .Where(sidecar => sidecar != null)
                .SelectMany(sidecar => sidecar.Maps
                    .Where(map => sidecar.PathOf(map.File) == path)
                    .Select(map => new Listed(map, sidecar.SourcePath)))
                .FirstOrDefault();
        }

        /// <summary>Import workers are processes of their own, so what the watch knows cannot be asked here.</summary>
        static Sidecar Read(string path)
        {
            var file = new FileInfo(ProjectPath.OnDisk(Project.Root, path));
            string stamp = file.Exists ? file.Length + " " + file.LastWriteTimeUtc.Ticks : "";
            Reading reading;
            if (Readings.TryGetValue(path, out reading) && reading.Stamp == stamp)
                return reading.Sidecar;
            Sidecar sidecar = null;
            try
            {
                sidecar = SidecarReader.Read(Project.Root, path);
            }
            catch (SidecarError)
            {
                // its own importer tells the user
            }
            Readings[path] = new Reading(stamp, sidecar);
            return sidecar;
        }

        internal sealed class Listed
        {
            internal readonly MapFile Map;
            internal readonly string Source;

            internal Listed(MapFile map, string source)
            {
                Map = map;
                Source = source;
            }
        }

        sealed class Reading
        {
            internal readonly string Stamp;
            internal readonly Sidecar Sidecar;

            internal Reading(string stamp, Sidecar sidecar)
            {
                Stamp = stamp;
                Sidecar = sidecar;
            }
        }
    }
}
