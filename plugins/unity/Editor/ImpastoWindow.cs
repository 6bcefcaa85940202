using System;
using System.Collections.Generic;
using System.Linq;
using Impasto.Core;
using UnityEditor;
using UnityEngine;

namespace Impasto.Companion
{
    /// <summary>Sources with their variants, what is chosen, and what went wrong: Window, impasto.</summary>
    internal sealed class ImpastoWindow : EditorWindow
    {
        readonly HashSet<string> open = new HashSet<string>();
        Vector2 scrolled;

        [MenuItem("Window/impasto")]
        static void Open()
        {
            GetWindow<ImpastoWindow>("impasto");
        }

        void OnEnable()
        {
            ProjectWatch.Changed += Repaint;
        }

        void OnDisable()
        {
            ProjectWatch.Changed -= Repaint;
        }

        void OnGUI()
        {
            Found found = ProjectWatch.Found;
            if (found == null)
            {
                EditorGUILayout.HelpBox("Runs in the editor only, not in batch mode.", MessageType.Info);
                return;
            }
            IReadOnlyList<MaterialGroup> materials = MaterialGroup.Of(found.Sidecars);
            var rules = new ShownFiles(found, new HashSet<string>(ProjectWatch.Slots.Select(slot => slot.File)));
            scrolled = EditorGUILayout.BeginScrollView(scrolled);
            foreach (string line in found.Broken.Concat(ProjectWatch.Problems))
                EditorGUILayout.HelpBox(line, MessageType.Error);
            ForProject(materials);
            foreach (MaterialGroup material in materials)
                ForMaterial(material, rules);
            if (materials.Count == 0)
                EditorGUILayout.HelpBox("No sidecar in this project yet.", MessageType.Info);
            EditorGUILayout.EndScrollView();
        }

        static void ForProject(IReadOnlyList<MaterialGroup> materials)
        {
            Choices choices = ProjectWatch.Choices;
            bool follow = EditorGUILayout.ToggleLeft("Follow new variants", choices.Follow);
            if (follow != choices.Follow)
                Later(now => now.WithFollow(follow), follow ? "Follow new variants" : "Do not follow new variants");
            string chosen = Choice("Whole project", "By material", choices.Project, materials);
            if (chosen != choices.Project)
                Later(now => now.WithProject(chosen), "Choose variant of project");
        }

        void ForMaterial(MaterialGroup material, ShownFiles rules)
        {
            string key = material.Folder + "/" + material.Name, wanted = rules.Wanted(material, ProjectWatch.Choices);
            if (!EditorGUILayout.Foldout(open.Contains(key), key + ": " + wanted, true))
            {
                open.Remove(key);
                return;
            }
            open.Add(key);
            EditorGUI.indentLevel++;
            string before = ProjectWatch.Choices.Of(material);
            string chosen = Choice("Show", "As the project", before, new[] { material });
            if (chosen != before)
                Later(now => now.WithMaterial(material, chosen), "Choose variant of " + material.Name);
            foreach (Shown shown in rules.Of(material, wanted))
                EditorGUILayout.LabelField(shown.Sidecar.Source.File, shown.Variant);
            foreach (Sidecar sidecar in material.Sidecars)
            {
                foreach (Variant variant in sidecar.Variants)
                    Tell(sidecar, variant);
            }
            if (material.Sidecars.Count > 1 && GUILayout.Button("Link maps to the materials that show " + material.Name))
                EditorApplication.delayCall += () => ProjectWatch.LinkMaps(material);
            EditorGUI.indentLevel--;
        }

        static void Tell(Sidecar sidecar, Variant variant)
        {
            string name = sidecar.Source.File + ", " + variant.Id + (variant.Draft ? " (draft: its style is still being learned)" : "");
            if (variant.Status == "failed")
                EditorGUILayout.HelpBox(name + " failed: " + variant.Error, MessageType.Error);
            EditorGUILayout.LabelField(
                name + (variant.Status == "pending" ? " is being made" : "") + "\nrule " + variant.Rule + ": " + variant.Reason,
                EditorStyles.wordWrappedMiniLabel);
        }

        /// <summary>An id that no variant has now stays in the list: it may come back.</summary>
        static string Choice(string label, string nothing, string chosen, IReadOnlyList<MaterialGroup> materials)
        {
            List<string> ids = new[] { "", ShownFiles.Original }
                .Concat(materials.SelectMany(one => one.Sidecars).SelectMany(one => one.Variants).Select(one => one.Id))
                .Concat(new[] { chosen })
                .Distinct().ToList();
            // a / would open a menu below the menu
            string[] names = ids.Select(id => id == "" ? nothing : id == ShownFiles.Original ? "Original" : id.Replace('/', '\u2215')).ToArray();
            return ids[EditorGUILayout.Popup(label, ids.IndexOf(chosen), names)];
        }

        static void Later(Func<Choices, Choices> change, string step)
        {
            EditorApplication.delayCall += () => ProjectWatch.Choose(change, step); // not while the window is drawn
        }
    }
}
