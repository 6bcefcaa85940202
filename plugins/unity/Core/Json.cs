using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Impasto.Core
{
    /// <summary>Text that is not JSON; the message says where and what was found.</summary>
    public sealed class JsonError : Exception
    {
        public JsonError(string message) : base(message) { }
    }

    /// <summary>
    /// Strict JSON (RFC 8259), for the engine's own reader cannot be used without it, and takes half a file.
    /// Values are Dictionary&lt;string, object&gt;, List&lt;object&gt;, string, double, bool and null.
    /// </summary>
    public sealed class Json
    {
        const int DeepestNesting = 100;

        readonly string text;
        int at;
        int depth;

        Json(string text)
        {
            this.text = text;
        }

        public static object Parse(string text)
        {
            var reader = new Json(text);
            reader.SkipSpace();
            object value = reader.Value();
            reader.SkipSpace();
            if (reader.at < text.Length)
                throw reader.Wrong("the end");
            return value;
        }

        public static string Quote(string text)
        {
            var quoted = new StringBuilder("\"");
            foreach (char letter in text)
            {
                if (letter == '"' || letter == '\\')
                    quoted.Append('\\').Append(letter);
                else if (letter < ' ' || char.IsSurrogate(letter))
                    quoted.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture));
                else
                    quoted.Append(letter);
            }
            return quoted.Append('"').ToString();
        }

        /// <summary>An object of texts: name, value, name, value.</summary>
        public static string Row(params string[] namesAndValues)
        {
            var parts = new List<string>();
            for (int i = 0; i < namesAndValues.Length; i += 2)
                parts.Add(Quote(namesAndValues[i]) + ": " + Quote(namesAndValues[i + 1]));
            return "{" + string.Join(", ", parts) + "}";
        }

        object Value()
        {
            if (at >= text.Length)
                throw Wrong("a value");
            switch (text[at])
            {
                case '{': return Object();
                case '[': return Array();
                case '"': return String();
                case 't': return Word("true", true);
                case 'f': return Word("false", false);
                case 'n': return Word("null", null);
                default: return Number();
            }
        }

        object Object()
        {
            var fields = new Dictionary<string, object>();
            Enter();
            if (!Take('}'))
            {
                do
                {
                    SkipSpace();
                    if (at >= text.Length || text[at] != '"')
                        throw Wrong("a name");
                    string name = String();
                    SkipSpace();
                    Expect(':');
                    SkipSpace();
                    fields[name] = Value();
                    SkipSpace();
                }
                while (Take(','));
                Expect('}');
            }
            depth--;
            return fields;
        }

        object Array()
        {
            var rows = new List<object>();
            Enter();
            if (!Take(']'))
            {
                do
                {
                    SkipSpace();
                    rows.Add(Value());
                    SkipSpace();
                }
                while (Take(','));
                Expect(']');
            }
            depth--;
            return rows;
        }

        void Enter()
        {
            if (++depth > DeepestNesting)
                throw Wrong("less nesting");
            at++;
            SkipSpace();
        }

        string String()
        {
            var letters = new StringBuilder();
            for (at++; at < text.Length && text[at] != '"'; at++)
            {
                if (text[at] < ' ')
                    throw Wrong("a closing quote");
                letters.Append(text[at] == '\\' ? Escaped() : text[at]);
            }
            Expect('"');
            return letters.ToString();
        }

        char Escaped()
        {
            at++;
            int place = at < text.Length ? "\"\\/bfnrt".IndexOf(text[at]) : -1;
            if (place >= 0)
                return "\"\\/\b\f\n\r\t"[place];
            int code;
            string hex = at + 4 < text.Length && text[at] == 'u' ? text.Substring(at + 1, 4) : "";
            if (int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code))
            {
                at += 4;
                return (char)code;
            }
            throw Wrong("an escape");
        }

        object Number()
        {
            int start = at;
            Take('-');
            if (!Take('0'))
                Digits();
            if (Take('.'))
                Digits();
            if (Take('e') || Take('E'))
            {
                if (!Take('+'))
                    Take('-');
                Digits();
            }
            return double.Parse(text.Substring(start, at - start), NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        void Digits()
        {
            if (at >= text.Length || !IsDigit(text[at]))
                throw Wrong("a value");
            while (at < text.Length && IsDigit(text[at]))
                at++;
        }

        static bool IsDigit(char letter)
        {
            return letter >= '0' && letter <= '9';
        }

        object Word(string word, object value)
        {
            if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0)
                throw Wrong("a value");
            at += word.Length;
            return value;
        }

        void SkipSpace()
        {
            while (at < text.Length && " \t\r\n".IndexOf(text[at]) >= 0)
                at++;
        }

        bool Take(char letter)
        {
            if (at >= text.Length || text[at] != letter)
                return false;
            at++;
            return true;
        }

        void Expect(char letter)
        {
            if (!Take(letter))
                throw Wrong("'" + letter + "'");
        }

        JsonError Wrong(string expected)
        {
            int line = 1;
            for (int i = 0; i < at && i < text.Length; i++)
                line += text[i] == '\n' ? 1 : 0;
            string found = at < text.Length ? Quote(text[at].ToString()) : "the end";
            return new JsonError("line " + line + " has " + found + " where " + expected + " should be");
        }
    }
}
