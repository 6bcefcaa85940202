using System.Linq;
using Impasto.Companion;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;

namespace Impasto.Tests
{
    /// <summary>What is imported, look by look, and with which settings.</summary>
    public class WatchTests : WatchedProject
    {
        [Test]
        public void ThreeHundredSidecarsAreImportedAsOneBatchAndThenAllIsQuiet()
        {
            for (int i = 0; i < 300; i++)
            {
                project.Picture("tile" + i + ".png", 0);
                Night("tile" + i, 0);
            }
            AssetDatabase.Imported.Clear();
            int before = AssetDatabase.Batches;
            Look();
            Assert.AreEqual(before + 1, AssetDatabase.Batches);
            Assert.AreEqual(900, AssetDatabase.Imported.Count);
            for (int i = 0; i < 3; i++)
                Look();
            Assert.AreEqual(before + 1, AssetDatabase.Batches);
            Assert.AreEqual(900, AssetDatabase.Imported.Count);
        }

        [Test]
        public void NothingIsImportedTwiceAfterTheEditorIsStartedAgain()
        {
            Night("wall", 0);
            Look();
            int before = AssetDatabase.Batches;
            ProjectWatch.Start();
            Look();
            Assert.AreEqual(before, AssetDatabase.Batches);
            Assert.AreEqual("wall.night.png", Shows(brick));
        }

        [Test]
        public void ATextureThatUnityImportedBeforeItsManifestIsSetUpLate()
        {
            Imported("wall.night.png");
            Look();
            Sprite("wall");
            Look();
            Assert.AreEqual(FilterMode.Point, ImporterOf("wall.night.png").filterMode);
        }

        [Test]
        public void SettingsThatAUserTouchedBeforeTheManifestCameStay()
        {
            Imported("wall.night.png");
            Look();
            ImporterOf("wall.night.png").maxTextureSize = 64;
            ImporterOf("wall.night.png").SaveAndReimport();
            Sprite("wall");
            Look();
            Assert.AreEqual(64, ImporterOf("wall.night.png").maxTextureSize);
            Assert.AreEqual(FilterMode.Bilinear, ImporterOf("wall.night.png").filterMode);
        }

        [Test]
        public void AManifestThatLandsWhileItsTextureIsImportedIsInTime()
        {
            project.Picture("wall.night.png", 0);
            Sprite("wall");
            Look();
            ImporterOf("wall.night.png").filterMode = FilterMode.Bilinear;
            FreshTextures.Note("Assets/art/wall.night.png");
            ProjectWatch.AssetsChanged(new[] { "Assets/art/wall.night.png" });
            Look();
            Assert.AreEqual(FilterMode.Point, ImporterOf("wall.night.png").filterMode);
        }

        [Test]
        public void WhatLiesInFoldersThatUnityDoesNotKnowYetIsImported()
        {
            var deep = new SidecarWriter(project.Root, "Assets/new/deep", new byte[0]);
            deep.Picture("wall.png", 0);
            deep.Picture("wall.night.png", 0);
            deep.Sidecar("wall.png", "base_color", "wall", SidecarWriter.Variant("night", "night", deep.Map("wall.night.png", 0, "base_color", 8)));
            Look();
            Assert.IsTrue(AssetImporter.GetAtPath("Assets/new/deep/wall.night.png") != null);
        }

        [Test]
        public void SettingsThatAPullBroughtStay()
        {
            project.Write("wall.night.png.meta", "a teammate's settings");
            Imported("wall.night.png");
            Sprite("wall");
            Look();
            Look();
            Assert.AreEqual(FilterMode.Bilinear, ImporterOf("wall.night.png").filterMode);
        }

        [Test]
        public void AMapOnItsWayIsLookedAtAgainWithinASecondButNotForEver()
        {
            Night("wall", 1);
            project.Picture("wall.night.png", 0);
            Look();
            EditorApplication.Turn(0.9);
            Assert.IsTrue(ProjectWatch.Looking != null);
            ProjectWatch.Looking.Wait();
            EditorApplication.Turn(0);
            Look();
            EditorApplication.Turn(0.9);
            Assert.IsNull(ProjectWatch.Looking);
        }

        [Test]
        public void AnEditorInTheBackgroundThatFetchesALookLateLooksNoLessOften()
        {
            EditorApplication.Turn(60);
            ProjectWatch.Looking.Wait();
            EditorApplication.Turn(30);
            EditorApplication.Turn(30);
            Assert.IsTrue(ProjectWatch.Looking != null);
            ProjectWatch.Looking.Wait();
        }

        [Test]
        public void NothingIsDoneWhileTheEditorCompiles()
        {
            Night("wall", 0);
            EditorApplication.isCompiling = true;
            Look();
            Assert.IsNull(AssetDatabase.LoadAssetAtPath<Texture>("Assets/art/wall.night.png"));
            EditorApplication.isCompiling = false;
            Look();
            Assert.AreEqual("wall.night.png", Shows(brick));
        }

        [Test]
        public void ASidecarAssetIsMadeAnewWhenAMapsBytesChange()
        {
            Night("wall", 0);
            Look();
            CollectionAssert.AreEqual(new[] { "Assets/art/wall.night.png" }, AssetDatabase.Dependencies["Assets/art/wall.png.impasto"]);
        }

        [Test]
        public void ABrokenSidecarIsOneErrorOfItsImport()
        {
            project.Write("bad.png.impasto", "[]");
            Look();
            Look();
            Assert.AreEqual("Assets/art/bad.png.impasto: schema is absent; this version reads impasto.manifest/1.x", AssetDatabase.Errors.Single());
        }
    }
}
