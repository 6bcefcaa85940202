using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Impasto.Core
{
    /// <summary>One line that names the sidecar and says why it cannot be read.</summary>
    public sealed class SidecarError : Exception
    {
        public SidecarError(string message) : base(message) { }
    }

    /// <summary>Reads a sidecar, or raises SidecarError.</summary>
    public static class SidecarReader
    {
        const string ReadableMajor = "impasto.manifest/1.";

        public static Sidecar Read(string root, string path)
        {
            try
            {
                return Parse(path, File.ReadAllBytes(ProjectPath.OnDisk(root, path)));
            }
            catch (Exception error) when (error is IOException || error is UnauthorizedAccessException)
            {
                throw new SidecarError(path + ": cannot be read: " + OneLine(error.Message));
            }
        }

        public static Sidecar Parse(string path, byte[] content)
        {
            object document;
            try
            {
                document = Json.Parse(new UTF8Encoding(false, true).GetString(content));
            }
            catch (Exception error) when (error is JsonError || error is ArgumentException)
            {
                throw new SidecarError(path + ": is not JSON: " + OneLine(error.Message));
            }
            var fields = document as Dictionary<string, object>;
            object schema = null;
            if (fields != null)
                fields.TryGetValue("schema", out schema);
            if (!IsReadable(schema as string))
                throw new SidecarError(path + ": schema is " + Fields.Told(schema) + "; this version reads " + ReadableMajor + "x");
            return new Sidecar(path, new Fields(path, "", fields));
        }

        static bool IsReadable(string schema)
        {
            return schema != null && schema.StartsWith(ReadableMajor, StringComparison.Ordinal)
                && schema.Length > ReadableMajor.Length
                && schema.Substring(ReadableMajor.Length).All(letter => letter >= '0' && letter <= '9');
        }

        static string OneLine(string message)
        {
            return message.Replace('\r', ' ').Replace('\n', ' ');
        }
    }

    /// <summary>One JSON object, which names its place in the sidecar when a field is not what it should be.</summary>
    internal sealed class Fields
    {
        readonly string path;
        readonly string place;
        readonly Dictionary<string, object> known;

        internal Fields(string path, string place, Dictionary<string, object> known)
        {
            this.path = path;
            this.place = place;
            this.known = known;
        }

        internal string Text(string name)
        {
            return Value(name) as string ?? throw Wrong(name, "text");
        }

        internal string TextOr(string name, string absent)
        {
            return Value(name) == null ? absent : Text(name);
        }

        internal bool Flag(string name)
        {
            return Value(name) is bool flag && flag;
        }

        internal int Size(string name)
        {
            if (Value(name) is double size && size >= 1 && size <= int.MaxValue && size == Math.Floor(size))
                return (int)size;
            throw Wrong(name, "a whole number above 0");
        }

        internal double Scale(string name)
        {
            object value = Value(name);
            if (value == null)
                return 1;
            if (value is double scale && scale > 0 && !double.IsInfinity(scale))
                return scale;
            throw Wrong(name, "a number above 0");
        }

        internal string File()
        {
            string file = Text("file");
            if (ProjectPath.StaysInside(file))
                return file;
            string told = file.Replace("\0", "\\0").Replace('\n', ' ');
            throw new SidecarError(path + ": names '" + told + "', which is not inside its folder");
        }

        internal Fields Inner(string name)
        {
            var fields = Value(name) as Dictionary<string, object> ?? throw Wrong(name, "an object");
            return new Fields(path, place + name + ".", fields);
        }

        internal IEnumerable<Fields> Rows(string name)
        {
            if (!known.ContainsKey(name))
                return Enumerable.Empty<Fields>();
            var rows = Value(name) as List<object>;
            if (rows == null || rows.Any(row => !(row is Dictionary<string, object>)))
                throw Wrong(name, "a list of objects");
            return rows.Cast<Dictionary<string, object>>().Select((row, at) => new Fields(path, place + name + "." + at + ".", row));
        }

        internal static string Told(object value)
        {
            if (value == null)
                return "absent";
            if (value is string text)
                return "'" + text.Replace('\n', ' ') + "'";
            return value is double || value is bool ? value.ToString() : "a list or an object";
        }

        object Value(string name)
        {
            object value;
            known.TryGetValue(name, out value);
            return value;
        }

        SidecarError Wrong(string name, string valid)
        {
            return new SidecarError(path + ": " + place + name + " is " + Told(Value(name)) + ", not " + valid);
        }
    }
}
