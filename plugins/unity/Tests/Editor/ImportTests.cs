using System;
using System.IO;
using System.Linq;
using Impasto.Companion;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;

namespace Impasto.Tests
{
    public class ImportTests
    {
        const string Folder = "Assets/ImpastoTests";
        const string OnePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

        SidecarWriter project;

        [SetUp]
        public void Begin()
        {
            project = new SidecarWriter(Path.GetDirectoryName(Application.dataPath), Folder, Convert.FromBase64String(OnePixel));
        }

        [TearDown]
        public void End()
        {
            AssetDatabase.DeleteAsset(Folder);
        }

        [Test]
        public void AListedTextureGetsItsSettingsOnItsFirstImport()
        {
            TextureImporter importer = Import("leaf.png", "leaf.night.png", "sprite", 8000);
            Assert.IsTrue(importer.sRGBTexture);
            Assert.IsTrue(importer.alphaIsTransparency);
            Assert.AreEqual(TextureWrapMode.Clamp, importer.wrapModeU);
            Assert.AreEqual(TextureWrapMode.Clamp, importer.wrapModeV);
            Assert.AreEqual(FilterMode.Point, importer.filterMode);
            Assert.AreEqual(8192, importer.maxTextureSize);
        }

        [Test]
        public void ColourSpaceStaysWhatTheManifestSaysAfterTheTypeIsSet()
        {
            TextureImporter packed = Import("floor_mask.png", "floor_mask.x2.png", "packed", 8);
            Assert.AreEqual(TextureImporterType.Default, packed.textureType);
            Assert.IsFalse(packed.sRGBTexture);
            Assert.IsFalse(packed.alphaIsTransparency);
            Assert.AreEqual(TextureImporterAlphaSource.FromInput, packed.alphaSource);
            Assert.AreEqual(2048, packed.maxTextureSize);
        }

        [Test]
        public void ANormalMapWhoseGreenPointsDownIsFlipped()
        {
            TextureImporter normal = Import("floor_normal.png", "floor_normal.x2.png", "normal", 8);
            Assert.AreEqual(TextureImporterType.NormalMap, normal.textureType);
            Assert.IsTrue(normal.flipGreenChannel);
        }

        [Test]
        public void WhatAUserChangesAfterwardsStays()
        {
            TextureImporter importer = Import("wall.png", "wall.night.png", "base_color", 8);
            importer.filterMode = FilterMode.Trilinear;
            importer.maxTextureSize = 512;
            importer.SaveAndReimport();
            AssetDatabase.ImportAsset(project.Picture("wall.night.png", 1));
            importer = (TextureImporter)AssetImporter.GetAtPath(Folder + "/wall.night.png");
            Assert.AreEqual(FilterMode.Trilinear, importer.filterMode);
            Assert.AreEqual(512, importer.maxTextureSize);
        }

        [Test]
        public void ATextureThatNoManifestListsIsLeftAlone()
        {
            Import("leaf.png", "leaf.night.png", "sprite", 8000);
            AssetDatabase.ImportAsset(project.Picture("leaf.other.png", 0));
            var importer = (TextureImporter)AssetImporter.GetAtPath(Folder + "/leaf.other.png");
            Assert.AreEqual(2048, importer.maxTextureSize);
            Assert.AreEqual(FilterMode.Bilinear, importer.filterMode);
        }

        [Test]
        public void AnUpscaledSpriteIsAsLargeInTheWorldAsItsOriginal()
        {
            AssetDatabase.ImportAsset(project.Picture("hero.png", 0));
            var source = (TextureImporter)AssetImporter.GetAtPath(Folder + "/hero.png");
            source.textureType = TextureImporterType.Sprite;
            source.spritePixelsPerUnit = 32;
            source.SaveAndReimport();
            TextureImporter importer = Import("hero.png", "hero.night.png", "sprite", 8);
            Assert.AreEqual(TextureImporterType.Sprite, importer.textureType);
            Assert.AreEqual(64f, importer.spritePixelsPerUnit);
        }

        [Test]
        public void ASidecarIsAnAssetThatShowsItsVariants()
        {
            Import("wall.png", "wall.night.png", "base_color", 8);
            AssetDatabase.ImportAsset(Folder + "/wall.png.impasto");
            var asset = AssetDatabase.LoadAssetAtPath<SidecarAsset>(Folder + "/wall.png.impasto");
            Assert.AreEqual("wall.png", asset.source);
            Assert.AreEqual("night", asset.variants.Single().id);
            Assert.IsTrue(asset.variants.Single().usable);
        }

        TextureImporter Import(string source, string file, string role, int side)
        {
            project.Picture(source, 0);
            project.Picture(file, 0);
            project.Sidecar(source, role, "material", SidecarWriter.Variant("night", "night", project.Map(file, 0, role, side)));
            AssetDatabase.ImportAsset(Folder);
            AssetDatabase.ImportAsset(Folder + "/" + file);
            return (TextureImporter)AssetImporter.GetAtPath(Folder + "/" + file);
        }
    }
}
