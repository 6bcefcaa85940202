using System.IO;
using System.Linq;
using System.Reflection;
using Impasto.Companion;
using Impasto.Core;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;

namespace Impasto.Tests
{
    /// <summary>What materials show, and what users choose and undo.</summary>
    public class SwitchTests : WatchedProject
    {
        [Test]
        public void AVariantAppearsOnTheMaterialWithoutAClick()
        {
            Night("wall", 0);
            Look();
            Assert.AreEqual("wall.night.png", Shows(brick));
            Assert.IsTrue(EditorUtility.Dirty.Contains(brick));
        }

        [Test]
        public void ADeletedOutputIsLetGoAndShownAgainWhenItComesBack()
        {
            Night("wall", 0);
            Look();
            project.Delete("wall.night.png");
            Look();
            Assert.AreEqual("wall.png", Shows(brick));
            Night("wall", 0);
            Look();
            Assert.AreEqual("wall.night.png", Shows(brick));
        }

        [Test]
        public void AMaterialWhoseTextureUnityDroppedAlreadyShowsTheOriginalAgain()
        {
            Night("wall", 0);
            Look();
            project.Delete("wall.night.png");
            project.Delete("wall.png.impasto");
            AssetDatabase.Refresh();
            Assert.IsNull(brick.GetTexture("_MainTex"));
            Look();
            Assert.AreEqual("wall.png", Shows(brick));
        }

        [Test]
        public void AnOutputThatWentAlongWithItsSidecarIsLetGoBeforeUnityNotices()
        {
            Night("wall", 0);
            Look();
            project.Delete("wall.night.png");
            project.Delete("wall.png.impasto");
            Look();
            Assert.AreEqual("wall.png", Shows(brick));
        }

        [Test]
        public void WhatAUserPutThereByHandStays()
        {
            Night("wall", 0);
            Look();
            brick.SetTexture("_MainTex", AssetDatabase.LoadAssetAtPath<Texture>(Imported("own.png")));
            Choose(choices => choices.WithProject(ShownFiles.Original));
            Assert.AreEqual("own.png", Shows(brick));
            brick.SetTexture("_MainTex", null);
            Choose(choices => choices.WithProject("night"));
            Assert.IsNull(brick.GetTexture("_MainTex"));
        }

        [Test]
        public void AChoiceIsOneStepOfUndo()
        {
            Night("wall", 0);
            Look();
            Choose(choices => choices.WithProject(ShownFiles.Original));
            Assert.AreEqual("wall.png", Shows(brick));
            Undo.PerformUndo();
            Assert.AreEqual("wall.night.png", Shows(brick));
            Look();
            Assert.AreEqual("wall.night.png", Shows(brick));
            StringAssert.Contains("\"project\": \"\"", File.ReadAllText(ChoicesOnDisk));
        }

        [Test]
        public void UndoDoesNotForgetWhatWasPlacedAfterTheStep()
        {
            Night("wall", 0);
            Look();
            Choose(choices => choices.WithMaterial(MaterialGroup.Of(ProjectWatch.Found.Sidecars).Single(), "night"));
            Material floor = MaterialThatShows("floor", project.Picture("floor.png", 0));
            Night("floor", 0);
            Look();
            Undo.PerformUndo();
            Choose(choices => choices.WithProject(ShownFiles.Original));
            Assert.AreEqual("floor.png", Shows(floor));
            Assert.AreEqual("wall.png", Shows(brick));
        }

        [Test]
        public void WhatAnUndoneStepHadPlacedIsStillOurs()
        {
            Night("wall", 0);
            project.Picture("wall.scream.png", 0);
            project.Sidecar("wall.png", "base_color", "wall",
                SidecarWriter.Variant("night", "night", project.Map("wall.night.png", 0, "base_color", 8)),
                SidecarWriter.Variant("scream", "scream", project.Map("wall.scream.png", 0, "base_color", 8)));
            Look();
            Choose(choices => choices.WithProject("scream"));
            Assert.AreEqual("wall.scream.png", Shows(brick));
            Undo.PerformUndo();
            Assert.AreEqual("wall.night.png", Shows(brick));
            Choose(choices => choices.WithProject(ShownFiles.Original));
            Assert.AreEqual("wall.png", Shows(brick));
        }

        [Test]
        public void UndoDoesNotOverwriteWhatATeammateChoseSince()
        {
            Night("wall", 0);
            Look();
            Choose(choices => choices.WithProject(ShownFiles.Original));
            string pulled = File.ReadAllText(ChoicesOnDisk).Replace("original", "scream");
            File.WriteAllText(ChoicesOnDisk, pulled);
            Undo.PerformUndo();
            Assert.AreEqual(pulled, File.ReadAllText(ChoicesOnDisk));
        }

        [Test]
        public void AMaterialThatWasSavedWithAVariantCanBeSwitchedBackAndForth()
        {
            Night("wall", 0);
            Look();
            AssetDatabase.ImportAsset("Assets/brick.mat", ImportAssetOptions.ForceUpdate);
            Choose(choices => choices.WithProject(ShownFiles.Original));
            Choose(choices => choices.WithProject("night"));
            Assert.AreEqual("wall.night.png", Shows(brick));
        }

        [Test]
        public void AMaterialMadeLaterShowsTheVariantToo()
        {
            Night("wall", 0);
            Look();
            Material later = MaterialThatShows("later", "Assets/art/wall.png");
            AssetDatabase.ImportAsset("Assets/later.mat");
            Look();
            Assert.AreEqual("wall.night.png", Shows(later));
        }

        [Test]
        public void ATeammatesChoiceIsTakenFromTheFile()
        {
            Night("wall", 0);
            Look();
            File.WriteAllText(ChoicesOnDisk, File.ReadAllText(ChoicesOnDisk).Replace("\"project\": \"\"", "\"project\": \"original\""));
            Look();
            Assert.AreEqual("wall.png", Shows(brick));
        }

        [Test]
        public void AChoicesFileInConflictIsSaidAndNotOverwritten()
        {
            Night("wall", 0);
            Look();
            File.WriteAllText(ChoicesOnDisk, "<<<<<<< HEAD");
            project.Picture("floor.png", 0);
            Night("floor", 0);
            Look();
            StringAssert.Contains("ImpastoChoices.json: is not JSON", ProjectWatch.Problems.Single());
            Assert.IsTrue(AssetImporter.GetAtPath("Assets/art/floor.night.png") != null);
            Choose(choices => choices.WithProject(ShownFiles.Original));
            Assert.AreEqual("<<<<<<< HEAD", File.ReadAllText(ChoicesOnDisk));
        }

        [Test]
        public void AMaterialThatIsNotOpenForEditIsSaidAndLeftAlone()
        {
            AssetDatabase.Locked.Add("Assets/brick.mat");
            Night("wall", 0);
            Look();
            Assert.AreEqual("wall.png", Shows(brick));
            StringAssert.Contains("Assets/brick.mat: is not open for edit", ProjectWatch.Problems.Single());
        }

        [Test]
        public void MapsAreLinkedWhereEachPipelinesShaderReadsThem()
        {
            Imported("floor_normal.png");
            Imported("floor_mask.png");
            string color = project.Picture("floor.png", 0);
            project.Sidecar("floor.png", "base_color", "floor", SidecarWriter.Variant("x2", "", project.Map("floor.x2.png", 0, "base_color", 8)));
            project.Sidecar("floor_normal.png", "normal", "floor", SidecarWriter.Variant("x2", "", project.Map("floor_normal.x2.png", 0, "normal", 8)));
            project.Sidecar("floor_mask.png", "packed", "floor", SidecarWriter.Variant("x2", "", project.Map("floor_mask.x2.png", 0, "packed", 8)));
            Material standard = MaterialThatShows("standard", color), urp = MaterialThatShows("urp", color, "Universal Render Pipeline/Lit", "_BaseMap");
            Material hdrp = MaterialThatShows("hdrp", color, "HDRP/Lit", "_BaseColorMap");
            Look();
            ProjectWatch.LinkMaps(MaterialGroup.Of(ProjectWatch.Found.Sidecars).Single());
            Assert.AreEqual("floor_normal.png", Shows(standard, "_BumpMap"));
            Assert.AreEqual("floor_normal.png", Shows(urp, "_BumpMap"));
            Assert.AreEqual("floor_normal.png", Shows(hdrp, "_NormalMap"));
            Assert.AreEqual("floor_mask.png", Shows(hdrp, "_MaskMap"));
            Assert.IsNull(standard.GetTexture("_MetallicGlossMap"));
            Assert.IsTrue(urp.IsKeywordEnabled("_NORMALMAP") && hdrp.IsKeywordEnabled("_NORMALMAP_TANGENT_SPACE") && hdrp.IsKeywordEnabled("_MASKMAP"));
        }

        [Test]
        public void TheWindowShowsVariantsDraftsFailuresAndTheRuleWithItsReason()
        {
            string draft = SidecarWriter.Variant("night", "night").Replace("\"status\": \"ready\"", "\"status\": \"pending\", \"draft\": true");
            string failed = SidecarWriter.Variant("scream", "scream").Replace("\"status\": \"ready\"", "\"status\": \"failed\", \"error\": \"out of memory\"");
            project.Sidecar("wall.png", "base_color", "wall", draft, failed);
            project.Write("bad.png.impasto", "[]");
            Look();
            string drawn = Draw();
            foreach (string line in new[]
            {
                "Error: Assets/art/bad.png.impasto: schema is absent",
                "Show: As the project | Original | night | scream",
                "Assets/art/wall: original",
                "wall.png, night (draft: its style is still being learned) is being made",
                "Error: wall.png, scream failed: out of memory",
                "rule walls: it matches",
            })
                StringAssert.Contains(line, drawn);
        }

        [Test]
        public void TheWindowsSwitchesAreCarriedOut()
        {
            Night("wall", 0);
            Look();
            EditorGUILayout.Answers["Show"] = "Original";
            Draw();
            Assert.AreEqual("wall.night.png", Shows(brick)); // not while the window is drawn
            EditorApplication.Turn(0);
            Assert.AreEqual("wall.png", Shows(brick));
            EditorGUILayout.Answers["Show"] = "As the project";
            EditorGUILayout.Answers["Follow new variants"] = "off";
            Draw();
            EditorApplication.Turn(0);
            Assert.IsFalse(ProjectWatch.Choices.Follow);
            Assert.AreEqual("wall.png", Shows(brick));
        }

        static string Draw()
        {
            EditorGUILayout.Drawn.Clear();
            var window = EditorWindow.GetWindow<ImpastoWindow>("impasto");
            typeof(ImpastoWindow).GetMethod("OnGUI", BindingFlags.Instance | BindingFlags.NonPublic).Invoke(window, null);
            EditorGUILayout.Answers.Clear();
            return string.Join("\n", EditorGUILayout.Drawn);
        }
    }
}
