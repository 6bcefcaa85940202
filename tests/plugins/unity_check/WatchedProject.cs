using System;
using System.IO;
using Impasto.Companion;
using Impasto.Core;
using NUnit.Framework;
using UnityEditor;
using UnityEngine;

namespace Impasto.Tests
{
    /// <summary>A project in the stubs' asset database that the watch looks at when a test says so.</summary>
    public abstract class WatchedProject
    {
        string opened;
        protected SidecarWriter project;
        protected Material brick;

        [SetUp]
        public void Begin()
        {
            opened = Path.GetDirectoryName(Application.dataPath);
            string root = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            AssetDatabase.Open(root);
            project = new SidecarWriter(root, "Assets/art", new byte[0]);
            AssetDatabase.ImportAsset("Assets/art");
            brick = MaterialThatShows("brick", project.Picture("wall.png", 0));
            ProjectWatch.Start();
        }

        [TearDown]
        public void End()
        {
            Directory.Delete(project.Root, true);
            AssetDatabase.Open(opened);
        }

        protected string ChoicesOnDisk
        {
            get { return ProjectPath.OnDisk(project.Root, "ProjectSettings/ImpastoChoices.json"); }
        }

        /// <summary>One look and what follows from it.</summary>
        protected static void Look()
        {
            EditorApplication.Turn(60);
            ProjectWatch.Looking?.Wait();
            EditorApplication.Turn(0);
        }

        protected static void Choose(Func<Choices, Choices> change)
        {
            ProjectWatch.Choose(change, "Choose");
        }

        protected void Night(string stem, int version)
        {
            string file = stem + ".night.png";
            project.Picture(file, version);
            project.Sidecar(stem + ".png", "base_color", stem, SidecarWriter.Variant("night", "night", project.Map(file, version, "base_color", 8)));
        }

        protected void Sprite(string stem)
        {
            project.Sidecar(stem + ".png", "sprite", stem, SidecarWriter.Variant("night", "night", project.Map(stem + ".night.png", 0, "sprite", 8)));
        }

        protected TextureImporter ImporterOf(string file)
        {
            return (TextureImporter)AssetImporter.GetAtPath(project.PathOf(file));
        }

        protected string Imported(string file)
        {
            string path = project.Picture(file, 0);
            AssetDatabase.ImportAsset(path);
            return path;
        }

        protected static Material MaterialThatShows(string name, string path, string shader = "Standard", string property = "_MainTex")
        {
            AssetDatabase.ImportAsset(path);
            var material = new Material(Shader.Find(shader));
            material.SetTexture(property, AssetDatabase.LoadAssetAtPath<Texture>(path));
            AssetDatabase.CreateAsset(material, "Assets/" + name + ".mat");
            return material;
        }

        protected static string Shows(Material material, string property = "_MainTex")
        {
            return Path.GetFileName(AssetDatabase.GetAssetPath(material.GetTexture(property)));
        }
    }
}
