using System;
using System.IO;
using System.Linq;
using Impasto.Core;
using NUnit.Framework;

namespace Impasto.Tests
{
    public class SurveyTests
    {
        SidecarWriter project;
        Survey survey;

        [SetUp]
        public void Begin()
        {
            project = new SidecarWriter(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), "Assets", new byte[0]);
            survey = new Survey(project.Root, "Assets", new HashedFile[0]);
        }

        [TearDown]
        public void End()
        {
            Directory.Delete(project.Root, true);
        }

        [Test]
        public void NothingIsReadTwiceWhileItStays()
        {
            Wall(0);
            Found first = survey.Look();
            Assert.AreEqual(3, survey.Hashed);
            Assert.AreSame(first, survey.Look());
            Assert.AreEqual(3, survey.Hashed);
        }

        [Test]
        public void HashesOfAnEarlierSessionAreKept()
        {
            Wall(0);
            var later = new Survey(project.Root, "Assets", survey.Look().Files);
            later.Look();
            Assert.AreEqual(0, later.Hashed);
        }

        [Test]
        public void ASecondWriteInOneStepOfTheClockIsSeen()
        {
            string path = ProjectPath.OnDisk(project.Root, project.Picture("a.png", 0));
            DateTime now = DateTime.UtcNow;
            File.SetLastWriteTimeUtc(path, now);
            var gate = new HashGate(project.Root, new HashedFile[0]);
            string before = gate.Look("Assets/a.png").Sha256;
            project.Picture("a.png", 1);
            File.SetLastWriteTimeUtc(path, now);
            Assert.IsFalse(before == gate.Look("Assets/a.png").Sha256);
        }

        [Test]
        public void ATouchedFileWithTheSameBytesIsNothingNewToThePlan()
        {
            Wall(0);
            Found found = survey.Look();
            ImportRecord record = ImportRecord.Empty.After(ImportPlan.Make(found, Choices.None, ImportRecord.Empty, EditorFacts.None));
            string touched = ProjectPath.OnDisk(project.Root, project.PathOf("wall.night.png"));
            File.SetLastWriteTimeUtc(touched, File.GetLastWriteTimeUtc(touched).AddSeconds(5));
            CollectionAssert.IsEmpty(ImportPlan.Make(survey.Look(), Choices.None, record, EditorFacts.None));
        }

        [Test]
        public void HiddenNamesAndFoldersThatUnityPassesOverAreNotSearched()
        {
            foreach (string folder in new[] { ".git", "Art~", "deep/er" })
                new SidecarWriter(project.Root, "Assets/" + folder, new byte[0]).Write("a.png.impasto", "{}");
            project.Write(".b.png.impasto", "{}");
            CollectionAssert.AreEqual(new[] { "Assets/deep/er/a.png.impasto" }, SidecarFinder.Find(project.Root, "Assets"));
        }

        [Test]
        public void ABrokenSidecarDoesNotKeepTheRestFromBeingRead()
        {
            Wall(0);
            project.Write("half.png.impasto", "{\"schema\": ");
            Found found = survey.Look();
            Assert.AreEqual(1, found.Sidecars.Count);
            StringAssert.Contains("Assets/half.png.impasto: is not JSON", found.Broken.Single());
            Wall(0);
            project.Write("half.png.impasto", "{\"schema\": \"impasto.manifest/1.0\", \"source\": {\"file\": \"half.png\", \"sha256\": \"00\"}}");
            Assert.AreEqual(2, survey.Look().Sidecars.Count);
        }

        [Test]
        public void AMapOnItsWayIsLateUntilItsBytesAreThere()
        {
            Wall(1);
            project.Picture("wall.night.png", 0);
            Assert.IsTrue(survey.Look().AnyLate);
            project.Picture("wall.night.png", 1);
            Found found = survey.Look();
            Assert.IsFalse(found.AnyLate);
            Assert.IsTrue(found.IsUsable(found.Sidecars[0], found.Sidecars[0].Variants[0], new string[0]));
        }

        void Wall(int version)
        {
            project.Picture("wall.png", 0);
            project.Picture("wall.night.png", version);
            project.Sidecar("wall.png", "base_color", "wall", SidecarWriter.Variant("night", "night", project.Map("wall.night.png", version, "base_color", 8)));
        }
    }
}
