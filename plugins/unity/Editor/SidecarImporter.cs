using System.Collections.Generic;
using System.Linq;
using Impasto.Core;
using UnityEditor.AssetImporters;
using UnityEngine;

namespace Impasto.Companion
{
    /// <summary>Makes a sidecar an asset, so that it is seen in the Project window, with its problem if it has one.</summary>
    [ScriptedImporter(1, "impasto")]
    public sealed class SidecarImporter : ScriptedImporter
    {
        public override void OnImportAsset(AssetImportContext ctx)
        {
            var asset = ScriptableObject.CreateInstance<SidecarAsset>();
            try
            {
                Sidecar sidecar = SidecarReader.Read(Project.Root, ctx.assetPath);
                // the rows say which maps passed the gate, so the bytes of the maps are part of what is imported here
                foreach (string path in sidecar.Maps.Select(map => sidecar.PathOf(map.File)).Distinct())
                    ctx.DependsOnSourceAsset(path);
                Fill(asset, sidecar);
            }
            catch (SidecarError error)
            {
                asset.problem = error.Message;
                ctx.LogImportError(error.Message, asset);
            }
            ctx.AddObjectToAsset("sidecar", asset);
            ctx.SetMainObject(asset);
        }

        static void Fill(SidecarAsset asset, Sidecar sidecar)
        {
            var gate = new HashGate(Project.Root, new HashedFile[0]);
            IReadOnlyList<HashedFile> files = gate.Look(sidecar.Maps.Select(map => sidecar.PathOf(map.File)).Distinct());
            var found = new Found(new[] { sidecar }, new string[0], files);
            asset.source = sidecar.Source.File;
            asset.material = sidecar.Source.Material;
            asset.variants = sidecar.Variants.Select(variant => new SidecarAsset.Row
            {
                id = variant.Id,
                status = variant.Status,
                draft = variant.Draft,
                usable = found.IsUsable(sidecar, variant, new string[0]),
                error = variant.Error,
                rule = variant.Rule,
                reason = variant.Reason,
            }).ToList();
        }
    }
}
