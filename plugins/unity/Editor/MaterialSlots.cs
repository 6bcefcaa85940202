using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Impasto.Core;
using UnityEditor;
using UnityEngine;

namespace Impasto.Companion
{
    /// <summary>Which texture properties of the project's materials show listed files, and putting others there.</summary>
    internal static class MaterialSlots
    {
        const string Extension = ".mat"; // materials inside models cannot be changed

        internal static IReadOnlyList<Slot> Gather(Found found, Choices choices)
        {
            var sources = new HashSet<string>(found.Sidecars.Select(sidecar => sidecar.SourcePath));
            // what the editor knows of a material is what was saved, which may show either
            var listed = new HashSet<string>(sources);
            listed.UnionWith(found.Sidecars.SelectMany(sidecar => sidecar.Maps.Select(map => sidecar.PathOf(map.File))));
            Dictionary<string, Placed> placed = choices.Placed.ToDictionary(one => one.Holder + one.Property);
            var holders = new HashSet<string>(choices.Placed.Select(one => one.Holder));
            var slots = new List<Slot>();
            foreach (string guid in AssetDatabase.FindAssets("t:Material", new[] { Project.Assets }).Distinct())
            {
                string path = AssetDatabase.GUIDToAssetPath(guid);
                if (!path.EndsWith(Extension, StringComparison.Ordinal))
                    continue;
                if (!holders.Contains(guid) && !AssetDatabase.GetDependencies(path, false).Any(listed.Contains))
                    continue; // most of a project's materials need not be loaded
                var material = AssetDatabase.LoadAssetAtPath<Material>(path);
                if (material != null)
                    slots.AddRange(material.GetTexturePropertyNames().Select(property => SlotOf(material, guid, property, placed)));
            }
            return slots.Where(slot => slot != null && (slot.Source != "" || sources.Contains(slot.File))).ToList();
        }

        /// <summary>Null for a property that shows nothing, or what the user has put there since.</summary>
        static Slot SlotOf(Material material, string guid, string property, Dictionary<string, Placed> placed)
        {
            string shown = AssetDatabase.GetAssetPath(material.GetTexture(property)) ?? "";
            if (shown != "" && !IsThere(shown))
                shown = ""; // deleted, and the editor has not noticed yet
            Placed before;
            if (!placed.TryGetValue(guid + property, out before))
                return shown == "" ? null : new Slot(guid, property, shown, "");
            string put = AssetDatabase.GUIDToAssetPath(before.Shows);
            bool isOurs = shown == "" ? put == "" || !IsThere(put) : shown == put;
            if (isOurs)
                return new Slot(guid, property, shown, AssetDatabase.GUIDToAssetPath(before.Source));
            return shown == "" ? null : new Slot(guid, property, shown, "");
        }

        static bool IsThere(string path)
        {
            return File.Exists(ProjectPath.OnDisk(Project.Root, path));
        }

        /// <summary>step: the name for undo, null where no user asked for it. problems: a line for each that could not be done.</summary>
        internal static Choices Assign(IReadOnlyList<PlannedAction> actions, Choices choices, string step, List<string> problems)
        {
            Dictionary<string, Placed> placed = choices.Placed.ToDictionary(one => one.Holder + one.Property);
            foreach (PlannedAction action in actions.Where(action => action.Kind == ActionKind.Assign))
            {
                string path = AssetDatabase.GUIDToAssetPath(action.Slot.Holder);
                var material = AssetDatabase.LoadAssetAtPath<Material>(path);
                var texture = AssetDatabase.LoadAssetAtPath<Texture>(action.Path);
                if (material == null || texture == null)
                    problems.Add(path + ": cannot show " + action.Path + ", which Unity has not imported");
                else if (!AssetDatabase.IsOpenForEdit(material))
                    problems.Add(path + ": is not open for edit; it would show " + action.Path);
                else
                    Put(material, action, texture, step, placed);
            }
            return choices.WithPlaced(placed.Values);
        }

        static void Put(Material material, PlannedAction action, Texture texture, string step, Dictionary<string, Placed> placed)
        {
            if (step != null)
                Undo.RecordObject(material, step);
            material.SetTexture(action.Slot.Property, texture);
            EditorUtility.SetDirty(material); // the user saves the project
            string key = action.Slot.Holder + action.Slot.Property;
            if (action.Path == action.Source)
                placed.Remove(key);
            else
                placed[key] = new Placed(action.Slot.Holder, action.Slot.Property,
                    AssetDatabase.AssetPathToGUID(action.Source), AssetDatabase.AssetPathToGUID(action.Path));
        }

        /// <summary>Undo puts back what one step placed, but not what came after it: of two records the one that holds now is kept.</summary>
        internal static Choices Merge(Choices undone, Choices latest)
        {
            return undone.WithPlaced(undone.Placed.Concat(latest.Placed)
                .GroupBy(one => one.Holder + one.Property)
                .Select(both => both.FirstOrDefault(IsShown) ?? both.First()));
        }

        static bool IsShown(Placed one)
        {
            var material = AssetDatabase.LoadAssetAtPath<Material>(AssetDatabase.GUIDToAssetPath(one.Holder));
            return material != null
                && AssetDatabase.GetAssetPath(material.GetTexture(one.Property)) == AssetDatabase.GUIDToAssetPath(one.Shows);
        }

        /// <summary>Gives the other maps of a material to those of Unity that show its base colour and have none there.</summary>
        internal static void LinkMaps(MaterialGroup group, IReadOnlyList<Slot> slots, string step)
        {
            var leading = new HashSet<string>(
                group.Sidecars.Where(one => one.Source.Role == "base_color").Select(one => one.SourcePath));
            IEnumerable<string> holders = slots
                .Where(slot => leading.Contains(slot.Source == "" ? slot.File : slot.Source))
                .Select(slot => slot.Holder);
            foreach (string holder in holders.Distinct())
            {
                var material = AssetDatabase.LoadAssetAtPath<Material>(AssetDatabase.GUIDToAssetPath(holder));
                foreach (Sidecar sidecar in group.Sidecars.Where(one => !leading.Contains(one.SourcePath)))
                    Link(material, sidecar, step);
            }
        }

        /// <summary>The original goes there; the next plan shows the chosen variant of it.</summary>
        static void Link(Material material, Sidecar sidecar, string step)
        {
            MapFile like = sidecar.Maps.FirstOrDefault(map => map.Role == sidecar.Source.Role);
            TextureProperty property = TextureProperties.For(sidecar.Source.Role, like == null ? "" : like.Channels)
                .FirstOrDefault(one => material.HasProperty(one.Name));
            var texture = AssetDatabase.LoadAssetAtPath<Texture>(sidecar.SourcePath);
            if (property == null || texture == null || material.GetTexture(property.Name) != null)
                return;
            if (!AssetDatabase.IsOpenForEdit(material))
                return;
            Undo.RecordObject(material, step);
            material.SetTexture(property.Name, texture);
            foreach (string keyword in property.Keywords)
                material.EnableKeyword(keyword);
            EditorUtility.SetDirty(material);
        }
    }
}
