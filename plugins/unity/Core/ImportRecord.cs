using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Impasto.Core
{
    /// <summary>Which bytes of each file were imported; kept in the project's Library, and lost along with it.</summary>
    public sealed class ImportRecord
    {
        public static readonly ImportRecord Empty = new ImportRecord(new Dictionary<string, string>());

        readonly Dictionary<string, string> imported;

        ImportRecord(Dictionary<string, string> imported)
        {
            this.imported = imported;
        }

        public IEnumerable<string> Paths
        {
            get { return imported.Keys.OrderBy(path => path, StringComparer.Ordinal); }
        }

        /// <summary>Null for a file that was not imported.</summary>
        public string HashOf(string path)
        {
            string sha256;
            return imported.TryGetValue(path, out sha256) ? sha256 : null;
        }

        public ImportRecord After(IEnumerable<PlannedAction> done)
        {
            var changed = new Dictionary<string, string>(imported);
            foreach (PlannedAction action in done)
            {
                if (action.Kind == ActionKind.LetGo)
                    changed.Remove(action.Path);
                else if (action.Kind == ActionKind.Import || action.Kind == ActionKind.Reimport)
                    changed[action.Path] = action.Sha256;
            }
            return new ImportRecord(changed);
        }

        /// <summary>hashed: what is known of files, so that the next session does not read them again.</summary>
        public string ToText(IEnumerable<HashedFile> hashed)
        {
            var text = new StringBuilder("{\"imported\": [");
            text.Append(string.Join(",", Paths.Select(path => Row("path", path, "sha256", imported[path]))));
            text.Append("],\n\"hashed\": [");
            text.Append(string.Join(",", hashed.Select(file => Row(
                "path", file.Path, "size", Whole(file.Size), "ticks", Whole(file.Ticks), "sha256", file.Sha256))));
            return text.Append("]}\n").ToString();
        }

        /// <summary>Empty for text that cannot be read: it is a cache, and all is imported once more.</summary>
        public static ImportRecord FromText(string text, out IReadOnlyList<HashedFile> hashed)
        {
            try
            {
                object document = Json.Parse(text);
                var fields = new Fields("Library", "", document as Dictionary<string, object> ?? new Dictionary<string, object>());
                hashed = fields.Rows("hashed").Select(row => new HashedFile(
                    row.Text("path"), Whole(row.Text("size")), Whole(row.Text("ticks")), row.Text("sha256"))).ToList();
                return new ImportRecord(fields.Rows("imported").ToDictionary(row => row.Text("path"), row => row.Text("sha256")));
            }
            catch (Exception error) when (error is JsonError || error is SidecarError || error is FormatException
                || error is OverflowException || error is ArgumentException)
            {
                hashed = new HashedFile[0];
                return Empty;
            }
        }

        static string Row(params string[] namesAndValues)
        {
            return "\n" + Json.Row(namesAndValues);
        }

        // as text, for a double does not hold a time's ticks
        static string Whole(long number)
        {
            return number.ToString(CultureInfo.InvariantCulture);
        }

        static long Whole(string text)
        {
            return long.Parse(text, CultureInfo.InvariantCulture);
        }
    }
}
