using System.Linq;
using System.Text;
using Impasto.Core;
using NUnit.Framework;

namespace Impasto.Tests
{
    public class ChoicesTests
    {
        static readonly MaterialGroup Wall = MaterialGroup.Of(new[]
        {
            SidecarReader.Parse("Assets/wall.png.impasto", Encoding.UTF8.GetBytes(
                "{\"schema\": \"impasto.manifest/1.0\", \"source\": {\"file\": \"wall.png\", \"sha256\": \"00\", \"material\": \"wall \\\"1\\\"\"}}")),
        }).Single();

        [Test]
        public void WhatIsWrittenIsReadBack()
        {
            Choices choices = Choices.None.WithProject("night").WithFollow(false).WithMaterial(Wall, "N\u00e4chtlich")
                .WithPlaced(new[] { new Placed("h2", "_MainTex", "s", "v"), new Placed("h1", "_MainTex", "s", "v") });
            Choices back = Choices.FromText("file", choices.ToText());
            Assert.AreEqual(choices.ToText(), back.ToText());
            Assert.AreEqual("N\u00e4chtlich", back.Of(Wall));
            Assert.AreEqual("night", back.Project);
            Assert.IsFalse(back.Follow);
            Assert.AreEqual("h1", back.Placed[0].Holder);
        }

        [Test]
        public void AChoiceThatIsTakenBackLeavesNoTrace()
        {
            Assert.AreEqual(Choices.None.ToText(), Choices.None.WithMaterial(Wall, "night").WithMaterial(Wall, "").ToText());
        }

        [Test]
        public void APropertyThatAMergeLeftTwiceIsOne()
        {
            string row = "{\"holder\": \"h\", \"property\": \"_MainTex\", \"source\": \"s\", \"shows\": \"v1\"}";
            Choices merged = Choices.FromText("file", "{\"follow\": true, \"placed\": [" + row + ", " + row.Replace("v1", "v2") + "]}");
            Assert.AreEqual("v2", merged.Placed.Single().Shows);
        }

        [Test]
        public void AFileInConflictIsRefusedRatherThanOverwritten()
        {
            foreach (string text in new[] { "<<<<<<< HEAD\n{}", "[]", "{\"materials\": [1]}" })
                StringAssert.Contains("ImpastoChoices.json: ", Assert.Throws<SidecarError>(() => Choices.FromText("ImpastoChoices.json", text)).Message);
        }

        [Test]
        public void OnlyWhatAShaderReadsAsItIsHasAProperty()
        {
            Assert.AreEqual("_MaskMap", TextureProperties.For("packed", "mo-s").Single().Name);
            Assert.AreEqual("_MetallicGlossMap", TextureProperties.For("packed", "m--s").Single().Name);
            CollectionAssert.IsEmpty(TextureProperties.For("packed", "orm"));
            CollectionAssert.IsEmpty(TextureProperties.For("roughness", "grey"));
            CollectionAssert.AreEqual(new[] { "_BaseColorMap", "_BaseMap", "_MainTex" }, TextureProperties.For("base_color", "rgb").Select(one => one.Name));
        }

        [Test]
        public void ANewcomerIsForgottenAfterAMinuteOrWhenItsSettingsWereTouched()
        {
            var newcomers = new Newcomers();
            newcomers.Add("Assets/a.png", 7, 100);
            Assert.IsTrue(newcomers.IsUntouched("Assets/a.png", 7));
            Assert.IsFalse(newcomers.IsUntouched("Assets/a.png", 8));
            Assert.AreEqual(1, newcomers.Waiting(159).Count);
            CollectionAssert.IsEmpty(newcomers.Waiting(161));
        }
    }
}
