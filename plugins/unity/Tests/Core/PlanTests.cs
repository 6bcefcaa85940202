using System.Collections.Generic;
using System.IO;
using System.Linq;
using Impasto.Core;
using NUnit.Framework;

namespace Impasto.Tests
{
    public class PlanTests
    {
        SidecarWriter project;
        Survey survey;
        ImportRecord record;

        [SetUp]
        public void Begin()
        {
            project = new SidecarWriter(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), "Assets", new byte[0]);
            survey = new Survey(project.Root, "Assets", new HashedFile[0]);
            record = ImportRecord.Empty;
            project.Picture("wall.png", 0);
            project.Picture("wall.night.png", 0);
            Wall(0, "night");
        }

        [TearDown]
        public void End()
        {
            Directory.Delete(project.Root, true);
        }

        [Test]
        public void WhatIsListedIsImportedOnceAndNothingElseIs()
        {
            project.Picture("bystander.png", 0);
            CollectionAssert.AreEqual(
                new[] { "Import Assets/wall.night.png", "Import Assets/wall.png", "Import Assets/wall.png.impasto" }, Carry());
            CollectionAssert.IsEmpty(Carry());
        }

        [Test]
        public void ChangedBytesAreImportedAgainWhenTheManifestSaysSo()
        {
            Carry();
            project.Picture("wall.night.png", 1);
            CollectionAssert.IsEmpty(Carry());
            Wall(1, "night");
            CollectionAssert.AreEqual(new[] { "Reimport Assets/wall.night.png", "Reimport Assets/wall.png.impasto" }, Carry());
        }

        [Test]
        public void ABrokenSidecarIsImportedSoThatItsImporterSaysWhy()
        {
            Carry();
            project.Write("bad.png.impasto", "[]");
            CollectionAssert.AreEqual(new[] { "Import Assets/bad.png.impasto" }, Carry());
        }

        [Test]
        public void AVanishedOutputIsLetGoAndItsMaterialShowsTheOriginal()
        {
            Carry();
            Slot slot = Showing("Assets/wall.night.png", "Assets/wall.png");
            project.Delete("wall.night.png");
            CollectionAssert.AreEqual(new[] { "LetGo Assets/wall.night.png", "Assign Assets/wall.png" }, Carry(slot));
        }

        [Test]
        public void ARetiredOutputThatStillLiesThereIsNotShownAnyMore()
        {
            Carry();
            project.Sidecar("wall.png", "base_color", "wall");
            CollectionAssert.AreEqual(
                new[] { "Reimport Assets/wall.png.impasto", "LetGo Assets/wall.night.png", "Assign Assets/wall.png" },
                Carry(Showing("Assets/wall.night.png", "Assets/wall.png")));
        }

        [Test]
        public void AnOutputThatWentAlongWithItsSidecarGivesTheOriginalBack()
        {
            Carry();
            project.Delete("wall.night.png");
            project.Delete("wall.png.impasto");
            Assert.AreEqual("Assign Assets/wall.png", Carry(Showing("", "Assets/wall.png")).Last());
        }

        [Test]
        public void NewVariantsAreFollowedUnlessToldNotTo()
        {
            Carry();
            CollectionAssert.AreEqual(new[] { "Assign Assets/wall.night.png" }, Carry(Showing("Assets/wall.png", "")));
            CollectionAssert.IsEmpty(Make(Choices.None.WithFollow(false), Showing("Assets/wall.png", "")));
        }

        [Test]
        public void AVariantThatIsUpscaledOnlyIsNotFollowed()
        {
            project.Picture("wall.x2.png", 0);
            project.Sidecar("wall.png", "base_color", "wall",
                SidecarWriter.Variant("x2", "", project.Map("wall.x2.png", 0, "base_color", 8)),
                SidecarWriter.Variant("night", "night", project.Map("wall.night.png", 0, "base_color", 8)));
            CollectionAssert.AreEqual(new[] { "Assign Assets/wall.night.png" }, Assigned(Choices.None, Showing("Assets/wall.png", "")));
        }

        [Test]
        public void TheMaterialsChoiceGoesBeforeTheProjects()
        {
            project.Picture("wall.scream.png", 0);
            Wall(0, "night", "scream");
            Carry();
            MaterialGroup wall = MaterialGroup.Of(survey.Look().Sidecars).Single();
            Choices scream = Choices.None.WithProject("scream");
            Slot slot = Showing("Assets/wall.png", "");
            CollectionAssert.AreEqual(new[] { "Assign Assets/wall.scream.png" }, Make(scream, slot));
            CollectionAssert.AreEqual(new[] { "Assign Assets/wall.night.png" }, Make(scream.WithMaterial(wall, "night"), slot));
            CollectionAssert.IsEmpty(Make(scream.WithMaterial(wall, ShownFiles.Original), slot));
        }

        [Test]
        public void AVariantThatGoesAndComesBackIsShownAgain()
        {
            Choices night = Choices.None.WithFollow(false).WithProject("night");
            project.Sidecar("wall.png", "base_color", "wall");
            CollectionAssert.AreEqual(new[] { "Assign Assets/wall.png" }, Assigned(night, Showing("Assets/wall.night.png", "Assets/wall.png")));
            Wall(0, "night");
            CollectionAssert.AreEqual(new[] { "Assign Assets/wall.night.png" }, Assigned(night, Showing("Assets/wall.png", "")));
        }

        [Test]
        public void WhatIsShownStaysWhileItsNewBytesAreOnTheWay()
        {
            Carry();
            Wall(1, "night");
            CollectionAssert.IsEmpty(Assigned(Choices.None, Showing("Assets/wall.night.png", "Assets/wall.png")));
            CollectionAssert.IsEmpty(Assigned(Choices.None, Showing("Assets/wall.png", "")));
            CollectionAssert.IsEmpty(Assigned(Choices.None, Showing("Assets/wall.night.png", "Assets/wall.png"), Showing("Assets/wall.png", "")));
        }

        [Test]
        public void APropertyThatShowsAnOutputByTheUsersHandIsLeftAlone()
        {
            CollectionAssert.IsEmpty(Assigned(Choices.None.WithProject(ShownFiles.Original), Showing("Assets/wall.night.png", "")));
        }

        [Test]
        public void ATextureThatCameBeforeItsManifestGetsItsFirstSettingsLate()
        {
            Found found = survey.Look();
            PlannedAction late = ImportPlan.Make(found, Choices.None, record, new EditorFacts(new Slot[0], new[] { "Assets/wall.night.png", "Assets/other.png" }))
                .Single(action => action.Kind == ActionKind.FirstSettings);
            Assert.AreEqual("Assets/wall.night.png", late.Path);
            Assert.AreEqual(4096, late.Settings.MaxSize);
        }

        [Test]
        public void ThreeHundredSidecarsArePlannedAtOnceAndThenNothingIsLeft()
        {
            for (int i = 0; i < 299; i++)
            {
                string stem = "tile" + i;
                project.Picture(stem + ".png", 0);
                project.Picture(stem + ".night.png", 0);
                project.Sidecar(stem + ".png", "base_color", stem, SidecarWriter.Variant("night", "night", project.Map(stem + ".night.png", 0, "base_color", 8)));
            }
            Slot[] slots = Enumerable.Range(0, 299).Select(i => new Slot("m" + i, "_MainTex", "Assets/tile" + i + ".png", "")).ToArray();
            Assert.AreEqual(900 + 299, Carry(slots).Count);
            Slot[] shown = slots.Select(slot => new Slot(slot.Holder, slot.Property, slot.File.Replace(".png", ".night.png"), slot.File)).ToArray();
            CollectionAssert.IsEmpty(Carry(shown));
        }

        [Test]
        public void TheRecordIsReadBackAsItWasAndARuinedOneIsEmpty()
        {
            Carry();
            IReadOnlyList<HashedFile> hashed;
            ImportRecord back = ImportRecord.FromText(record.ToText(survey.Look().Files), out hashed);
            CollectionAssert.AreEqual(record.Paths, back.Paths);
            Assert.AreEqual(record.HashOf("Assets/wall.png"), back.HashOf("Assets/wall.png"));
            Assert.AreEqual(survey.Look().Files[0].Ticks, hashed[0].Ticks);
            foreach (string ruined in new[] { "", "{", "[]", "{\"imported\": 3}", "{\"hashed\": [{\"path\": \"a\", \"size\": \"x\", \"ticks\": \"1\", \"sha256\": \"\"}]}" })
                CollectionAssert.IsEmpty(ImportRecord.FromText(ruined, out hashed).Paths);
        }

        /// <summary>Whose manifest has a picture of 4096 pixels; the bytes do not matter here.</summary>
        void Wall(int version, params string[] ids)
        {
            project.Sidecar("wall.png", "base_color", "wall",
                ids.Select(id => SidecarWriter.Variant(id, id, project.Map("wall." + id + ".png", version, "base_color", 4096))).ToArray());
        }

        static Slot Showing(string file, string source)
        {
            return new Slot("material", "_MainTex", file, source);
        }

        List<string> Carry(params Slot[] slots)
        {
            IReadOnlyList<PlannedAction> actions = ImportPlan.Make(survey.Look(), Choices.None, record, new EditorFacts(slots, new string[0]));
            record = record.After(actions);
            return Told(actions);
        }

        List<string> Make(Choices choices, params Slot[] slots)
        {
            return Told(ImportPlan.Make(survey.Look(), choices, record, new EditorFacts(slots, new string[0])));
        }

        List<string> Assigned(Choices choices, params Slot[] slots)
        {
            return Make(choices, slots).Where(action => action.StartsWith("Assign")).ToList();
        }

        static List<string> Told(IEnumerable<PlannedAction> actions)
        {
            return actions.Select(action => action.Kind + " " + action.Path).ToList();
        }
    }
}
