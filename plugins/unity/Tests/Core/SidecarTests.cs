using System.Text;
using Impasto.Core;
using NUnit.Framework;

namespace Impasto.Tests
{
    public class SidecarTests
    {
        const string Source = "\"source\": {\"file\": \"a.png\", \"sha256\": \"00\"}";

        [Test]
        public void FieldsItDoesNotKnowAreIgnored()
        {
            Sidecar sidecar = Read("{\"schema\": \"impasto.manifest/1.42\", \"mood\": {\"x\": [1]}, " + Source + "}");
            Assert.AreEqual("Assets/art/a.png", sidecar.SourcePath);
            CollectionAssert.IsEmpty(sidecar.Variants);
        }

        [Test]
        public void RefusesASchemaThatIsNotOneDotSomething()
        {
            foreach (string schema in new[] { "\"impasto.manifest/2.0\"", "\"impasto.manifest/1.\"", "\"impasto.manifest/1.x\"", "\"other/1.0\"", "null", "1" })
                StringAssert.Contains("schema is", Refuse("{\"schema\": " + schema + ", " + Source + "}"));
            StringAssert.Contains("schema is absent", Refuse("[]"));
        }

        [Test]
        public void RefusesAFileThatIsNotInsideItsFolder()
        {
            foreach (string file in new[] { "", "/etc/x", "../x", "a/../x", "./x", "a//x", "a/", "C:\\\\x", "C:x", "a\\\\x", "a\\u0000", "\\ud800" })
            {
                string source = "\"source\": {\"file\": \"" + file + "\", \"sha256\": \"00\"}";
                StringAssert.Contains("not inside its folder", Refuse("{\"schema\": \"impasto.manifest/1.0\", " + source + "}"));
            }
        }

        [Test]
        public void APictureInAFolderBelowIsInside()
        {
            Assert.IsTrue(ProjectPath.StaysInside("night/a b.\u77f3\ud83c\udfa8.png"));
        }

        [Test]
        public void NamesTheFieldThatIsNotWhatItShouldBe()
        {
            string map = "{\"file\": \"b.png\", \"sha256\": \"00\", \"width\": 0}";
            string variants = "\"variants\": [{\"id\": \"night\", \"status\": \"ready\", \"maps\": [" + map + "]}]";
            Assert.AreEqual(
                "Assets/art/a.png.impasto: variants.0.maps.0.width is 0, not a whole number above 0",
                Refuse("{\"schema\": \"impasto.manifest/1.0\", " + Source + ", " + variants + "}"));
        }

        [Test]
        public void BytesThatAreNotUtf8AreNotJson()
        {
            string message = Assert.Throws<SidecarError>(() => SidecarReader.Parse("a.impasto", new byte[] { 34, 255, 34 })).Message;
            StringAssert.Contains("a.impasto: is not JSON", message);
            Assert.IsFalse(message.Contains("\n"));
        }

        static Sidecar Read(string text)
        {
            return SidecarReader.Parse("Assets/art/a.png.impasto", Encoding.UTF8.GetBytes(text));
        }

        static string Refuse(string text)
        {
            return Assert.Throws<SidecarError>(() => Read(text)).Message;
        }
    }
}
