using System.Collections.Generic;
using Impasto.Core;
using NUnit.Framework;

namespace Impasto.Tests
{
    public class JsonTests
    {
        [Test]
        public void ReadsWhatJsonMayHold()
        {
            var read = (Dictionary<string, object>)Json.Parse(" {\"a\": [1, -2.5e1, true, false, null], \"b\\n\\u00e4\": \"\\\"\\\\\\/\"} ");
            CollectionAssert.AreEqual(new object[] { 1.0, -25.0, true, false, null }, (List<object>)read["a"]);
            Assert.AreEqual("\"\\/", read["b\n\u00e4"]);
        }

        [Test]
        public void RefusesWhatIsNotJson()
        {
            foreach (string text in new[]
            {
                "", "{", "[1,]", "{\"a\": 1,}", "{a: 1}", "{'a': 1}", "01", "1.", ".5", "+1", "NaN", "tru", "\"a", "\"\\x\"", "\"\\u12\"", "\"\n\"",
                "[1] 2", "// no", "\ufeff{}", "\uff11", "[1 2]", "{\"a\" 1}", "-",
            })
                Assert.Throws<JsonError>(() => Json.Parse(text));
        }

        [Test]
        public void SaysTheLineOfAMistake()
        {
            StringAssert.Contains("line 3 has \"}\"", Assert.Throws<JsonError>(() => Json.Parse("{\n\"a\":\n}")).Message);
        }

        [Test]
        public void EndlessNestingIsRefusedRatherThanFollowed()
        {
            Assert.Throws<JsonError>(() => Json.Parse(new string('[', 1000000)));
        }

        [Test]
        public void QuotedTextIsReadBackAsItWas()
        {
            const string text = "\u77f3 \"\\\n\t\u0001 \ud83c\udfa8 /";
            Assert.AreEqual(text, Json.Parse(Json.Quote(text)));
        }
    }
}
