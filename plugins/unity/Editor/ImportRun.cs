using System.Collections.Generic;
using System.Linq;
using Impasto.Core;
using UnityEditor;

namespace Impasto.Companion
{
    /// <summary>Carries out the planned imports as one batch.</summary>
    internal static class ImportRun
    {
        internal static void Do(IReadOnlyList<PlannedAction> actions)
        {
            List<PlannedAction> imports = actions
                .Where(action => action.Kind != ActionKind.LetGo && action.Kind != ActionKind.Assign)
                .ToList();
            if (imports.Count == 0)
                return;
            foreach (string folder in imports.SelectMany(action => FoldersOf(action.Path)).Distinct())
            {
                if (!AssetDatabase.IsValidFolder(folder))
                    AssetDatabase.ImportAsset(folder);
            }
            AssetDatabase.StartAssetEditing();
            try
            {
                foreach (PlannedAction action in imports)
                {
                    if (action.Kind == ActionKind.FirstSettings)
                        SetUp(action);
                    else
                        AssetDatabase.ImportAsset(action.Path);
                }
            }
            finally
            {
                AssetDatabase.StopAssetEditing(); // else the editor imports nothing until it is started again
            }
        }

        static void SetUp(PlannedAction action)
        {
            var importer = AssetImporter.GetAtPath(action.Path) as TextureImporter;
            if (importer == null)
                return; // another kind of file, which has no such settings
            TextureSetup.Apply(importer, action.Settings, action.Source);
            importer.SaveAndReimport();
        }

        /// <summary>From the outermost, as Unity has to know a folder before what is in it.</summary>
        static IEnumerable<string> FoldersOf(string path)
        {
            string folder = ProjectPath.FolderOf(path);
            return folder.Length == 0 ? new string[0] : FoldersOf(folder).Concat(new[] { folder });
        }
    }
}
