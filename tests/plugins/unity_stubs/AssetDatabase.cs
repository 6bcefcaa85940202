// The asset database over a folder on disk: see UnityEngine.cs for what these stubs are. It imports a file when its bytes
// changed, writes a .meta for each, calls postprocessors and scripted importers, and gathers in a batch what is asked
// between StartAssetEditing and StopAssetEditing.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using UnityEditor.AssetImporters;
using UnityEngine;
using Object = UnityEngine.Object;

namespace UnityEditor
{
    public sealed class AssetDatabase
    {
        static readonly Dictionary<string, Object> Assets = new Dictionary<string, Object>();
        static readonly Dictionary<string, AssetImporter> Importers = new Dictionary<string, AssetImporter>();
        static readonly Dictionary<string, string> Bytes = new Dictionary<string, string>();
        static readonly Dictionary<string, string> Guids = new Dictionary<string, string>();
        static readonly Dictionary<string, string[]> Saved = new Dictionary<string, string[]>();
        static readonly HashSet<string> Folders = new HashSet<string>();
        static readonly List<string> Waiting = new List<string>();
        static readonly HashSet<string> Forced = new HashSet<string>();
        static int editing;

        internal static readonly List<string> Imported = new List<string>();
        internal static readonly List<string> Errors = new List<string>();
        internal static readonly HashSet<string> Locked = new HashSet<string>();
        internal static readonly Dictionary<string, List<string>> Dependencies = new Dictionary<string, List<string>>();
        internal static int Batches;
        static bool importing;

        internal static void Open(string root)
        {
            Application.dataPath = Path.Combine(root, "Assets");
            Directory.CreateDirectory(Application.dataPath);
            Assets.Clear();
            Importers.Clear();
            Bytes.Clear();
            Guids.Clear();
            Folders.Clear();
            Folders.Add("Assets");
            Imported.Clear();
            Errors.Clear();
            Locked.Clear();
            Dependencies.Clear();
            Batches = 0;
        }

        public static bool IsAssetImportWorkerProcess()
        {
            return false;
        }

        public static void StartAssetEditing()
        {
            editing++;
        }

        public static void StopAssetEditing()
        {
            if (--editing > 0)
                return;
            ImportWaiting();
        }

        public static void ImportAsset(string path)
        {
            ImportAsset(path, ImportAssetOptions.Default);
        }

        public static void ImportAsset(string path, ImportAssetOptions options)
        {
            if (importing)
                throw new InvalidOperationException("imported " + path + " while importing");
            Waiting.Add(path);
            if (options == ImportAssetOptions.ForceUpdate)
                Forced.Add(path);
            if (editing == 0)
                ImportWaiting();
        }

        /// <summary>What the editor does by itself when it comes to the front.</summary>
        public static void Refresh()
        {
            Folders.UnionWith(Directory.GetDirectories(Application.dataPath, "*", SearchOption.AllDirectories).Select(Relative));
            foreach (string file in Directory.GetFiles(Application.dataPath, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".meta")))
                Waiting.Add(Relative(file));
            ImportWaiting();
            foreach (string path in Assets.Keys.Where(path => !File.Exists(OnDisk(path))).ToList())
                Forget(path);
        }

        static void ImportWaiting()
        {
            Batches++;
            List<string> imported = new List<string>();
            importing = true;
            try
            {
                foreach (string path in Waiting.Distinct())
                {
                    if (Import(path))
                        imported.Add(path);
                }
                Waiting.Clear();
                Forced.Clear();
                Imported.AddRange(imported);
                foreach (Type type in Postprocessors())
                {
                    MethodInfo after = type.GetMethod("OnPostprocessAllAssets", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public);
                    if (after != null && imported.Count > 0)
                        after.Invoke(null, new object[] { imported.ToArray(), new string[0], new string[0], new string[0] });
                }
            }
            finally
            {
                importing = false;
            }
        }

        static bool Import(string path)
        {
            string onDisk = OnDisk(path);
            if (Directory.Exists(onDisk))
                return Folders.Add(path);
            if (!IsValidFolder(Path.GetDirectoryName(path)))
                throw new InvalidOperationException("its folder was not imported: " + path);
            if (!File.Exists(onDisk))
                throw new FileNotFoundException("cannot import", path);
            string bytes = Convert.ToBase64String(File.ReadAllBytes(onDisk));
            string before;
            if (Bytes.TryGetValue(path, out before) && before == bytes && !Forced.Contains(path))
                return false;
            Bytes[path] = bytes;
            bool isNew = !File.Exists(onDisk + ".meta");
            if (path.EndsWith(".impasto"))
                ImportScripted(path);
            else if (path.EndsWith(".png"))
                ImportTexture(path, isNew);
            else if (path.EndsWith(".mat"))
                NoteSaved(path);
            if (isNew)
                File.WriteAllText(onDisk + ".meta", "guid: " + AssetPathToGUID(path));
            return true;
        }

        static void ImportScripted(string path)
        {
            Type type = Types().Single(one => one.IsSubclassOf(typeof(ScriptedImporter)));
            var importer = (ScriptedImporter)Activator.CreateInstance(type);
            importer.assetPath = path;
            var context = new AssetImportContext { assetPath = path };
            importer.OnImportAsset(context);
            Importers[path] = importer;
            Assets[path] = context.mainObject;
            Dependencies[path] = context.Dependencies;
            Errors.AddRange(context.Errors);
        }

        static void ImportTexture(string path, bool isNew)
        {
            TextureImporter importer = Importers.ContainsKey(path) ? (TextureImporter)Importers[path] : new TextureImporter();
            importer.assetPath = path;
            importer.importSettingsMissing = isNew;
            foreach (Type type in Postprocessors())
            {
                var postprocessor = (AssetPostprocessor)Activator.CreateInstance(type, true);
                postprocessor.assetImporter = importer;
                MethodInfo before = type.GetMethod("OnPreprocessAsset", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
                before?.Invoke(postprocessor, null);
            }
            Importers[path] = importer;
            if (!Assets.ContainsKey(path))
                Assets[path] = new Texture2D(1, 1);
        }

        internal static AssetImporter ImporterOf(string path)
        {
            AssetImporter importer;
            return Importers.TryGetValue(path, out importer) ? importer : null;
        }

        internal static void Save(AssetImporter importer)
        {
            string meta = OnDisk(importer.assetPath) + ".meta";
            DateTime later = File.GetLastWriteTimeUtc(meta).AddSeconds(1);
            File.AppendAllText(meta, "\nsaved");
            File.SetLastWriteTimeUtc(meta, later); // however fast a test is
        }

        public static void CreateAsset(Object asset, string path)
        {
            Assets[path] = asset;
            File.WriteAllText(OnDisk(path), "material");
            NoteSaved(path);
        }

        /// <summary>Only what is saved is known of a material's dependencies.</summary>
        static void NoteSaved(string path)
        {
            var material = (Material)Assets[path];
            Saved[path] = material.Textures.Values.Select(GetAssetPath).Where(one => one != "").ToArray();
        }

        public static bool DeleteAsset(string path)
        {
            string onDisk = OnDisk(path);
            if (Directory.Exists(onDisk))
                Directory.Delete(onDisk, true);
            File.Delete(onDisk);
            foreach (string inner in Assets.Keys.Where(one => one == path || one.StartsWith(path + "/")).ToList())
                Forget(inner);
            return true;
        }

        /// <summary>A texture that is gone shows as none in a material.</summary>
        static void Forget(string path)
        {
            Object gone = Assets[path];
            Assets.Remove(path);
            foreach (Material material in Assets.Values.OfType<Material>())
            {
                foreach (string name in material.Textures.Keys.Where(name => material.Textures[name] == gone).ToList())
                    material.Textures[name] = null;
            }
        }

        public static bool IsValidFolder(string path)
        {
            return Folders.Contains(path);
        }

        public static T LoadAssetAtPath<T>(string assetPath) where T : Object
        {
            Object asset;
            return Assets.TryGetValue(assetPath, out asset) ? asset as T : null;
        }

        public static string GetAssetPath(Object assetObject)
        {
            return assetObject == null ? "" : Assets.Where(one => one.Value == assetObject).Select(one => one.Key).FirstOrDefault() ?? "";
        }

        public static string AssetPathToGUID(string path)
        {
            string guid = Math.Abs((long)path.GetHashCode()).ToString("x32");
            Guids[guid] = path;
            return guid;
        }

        public static string GUIDToAssetPath(string guid)
        {
            string path;
            return Guids.TryGetValue(guid, out path) ? path : "";
        }

        public static string[] FindAssets(string filter, string[] searchInFolders)
        {
            if (filter != "t:Material")
                throw new NotSupportedException(filter);
            return Assets.Where(one => one.Value is Material).Select(one => AssetPathToGUID(one.Key)).ToArray();
        }

        public static string[] GetDependencies(string pathName, bool recursive)
        {
            return Saved[pathName];
        }

        public static bool IsOpenForEdit(Object assetObject)
        {
            return !Locked.Contains(GetAssetPath(assetObject));
        }

        static IEnumerable<Type> Postprocessors()
        {
            return Types().Where(type => type.IsSubclassOf(typeof(AssetPostprocessor)));
        }

        static IEnumerable<Type> Types()
        {
            return AppDomain.CurrentDomain.GetAssemblies()
                .Where(assembly => assembly.GetName().Name.StartsWith("Impasto."))
                .SelectMany(assembly => assembly.GetTypes());
        }

        static string OnDisk(string path)
        {
            return Path.Combine(Path.GetDirectoryName(Application.dataPath), path);
        }

        static string Relative(string file)
        {
            return file.Substring(Path.GetDirectoryName(Application.dataPath).Length + 1).Replace('\\', '/');
        }
    }
}
