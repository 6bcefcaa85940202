using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Impasto.Core
{
    /// <summary>A texture property of a material that shows a variant since the companion put it there.</summary>
    public sealed class Placed
    {
        public readonly string Holder;
        public readonly string Property;
        public readonly string Source;
        public readonly string Shows;

        /// <summary>All but the property's name are GUIDs of assets, so that a renamed asset stays known.</summary>
        public Placed(string holder, string property, string source, string shows)
        {
            Holder = holder;
            Property = property;
            Source = source;
            Shows = shows;
        }
    }

    /// <summary>What the users of a project chose, remembered by a variant's id, and where variants were put.</summary>
    public sealed class Choices
    {
        public static readonly Choices None = new Choices(
            "", true, new SortedDictionary<string, string>(StringComparer.Ordinal), new Placed[0]);

        public readonly string Project;
        public readonly bool Follow;
        public readonly IReadOnlyList<Placed> Placed;
        readonly SortedDictionary<string, string> materials;

        Choices(string project, bool follow, SortedDictionary<string, string> materials, IEnumerable<Placed> placed)
        {
            Project = project;
            Follow = follow;
            this.materials = materials;
            Placed = placed.GroupBy(one => one.Holder + " " + one.Property)
                .OrderBy(same => same.Key, StringComparer.Ordinal)
                .Select(same => same.Last()) // a merge of two people's files can hold one twice
                .ToList();
        }

        /// <summary>Empty where nothing was chosen for the material.</summary>
        public string Of(MaterialGroup material)
        {
            string chosen;
            return materials.TryGetValue(KeyOf(material), out chosen) ? chosen : "";
        }

        public Choices WithProject(string id)
        {
            return new Choices(id, Follow, materials, Placed);
        }

        public Choices WithFollow(bool follow)
        {
            return new Choices(Project, follow, materials, Placed);
        }

        public Choices WithMaterial(MaterialGroup material, string id)
        {
            var changed = new SortedDictionary<string, string>(materials, StringComparer.Ordinal);
            if (id == "")
                changed.Remove(KeyOf(material));
            else
                changed[KeyOf(material)] = id;
            return new Choices(Project, Follow, changed, Placed);
        }

        public Choices WithPlaced(IEnumerable<Placed> placed)
        {
            return new Choices(Project, Follow, materials, placed);
        }

        /// <summary>JSON with one row a line, in order, so that two people's choices merge.</summary>
        public string ToText()
        {
            var text = new StringBuilder("{\n");
            text.Append("  \"follow\": ").Append(Follow ? "true" : "false").Append(",\n");
            text.Append("  \"project\": ").Append(Json.Quote(Project)).Append(",\n");
            Rows(text, "materials", materials.Select(one => Json.Row("material", one.Key, "show", one.Value))).Append(",\n");
            Rows(text, "placed", Placed.Select(one =>
                Json.Row("holder", one.Holder, "property", one.Property, "source", one.Source, "shows", one.Shows)));
            return text.Append("\n}\n").ToString();
        }

        /// <summary>Raises SidecarError, which names the file, for text that is not what ToText gives.</summary>
        public static Choices FromText(string path, string text)
        {
            Fields fields;
            try
            {
                var document = Json.Parse(text) as Dictionary<string, object>;
                if (document == null)
                    throw new SidecarError(path + ": is not an object");
                fields = new Fields(path, "", document);
            }
            catch (JsonError error)
            {
                throw new SidecarError(path + ": is not JSON: " + error.Message);
            }
            var materials = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (Fields row in fields.Rows("materials"))
                materials[row.Text("material")] = row.Text("show");
            return new Choices(
                fields.TextOr("project", ""),
                fields.Flag("follow"),
                materials,
                fields.Rows("placed").Select(row => new Placed(
                    row.Text("holder"), row.Text("property"), row.Text("source"), row.Text("shows"))));
        }

        static string KeyOf(MaterialGroup material)
        {
            return ProjectPath.Join(material.Folder, material.Name);
        }

        static StringBuilder Rows(StringBuilder text, string name, IEnumerable<string> rows)
        {
            string inner = string.Join(",\n", rows.Select(row => "    " + row));
            return text.Append("  ").Append(Json.Quote(name)).Append(inner == "" ? ": []" : ": [\n" + inner + "\n  ]");
        }
    }
}
