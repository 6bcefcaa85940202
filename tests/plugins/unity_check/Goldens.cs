using System.Collections.Generic;
using System.IO;
using System.Linq;
using Impasto.Core;
using NUnit.Framework;
using Row = System.Collections.Generic.Dictionary<string, object>;

/// <summary>Every row of expected.json, one promise each.</summary>
static class Goldens
{
    static readonly string[] NothingShown = { };

    internal static IEnumerable<Promise> Promises(string goldens)
    {
        var table = (Row)Json.Parse(File.ReadAllText(Path.Combine(goldens, "expected.json")));
        Found found = new Survey(Path.GetDirectoryName(goldens), Path.GetFileName(goldens), new HashedFile[0]).Look();
        foreach (Row row in Rows(table, "sidecars"))
            yield return new Promise("sidecar " + row["sidecar"], () => CheckSidecar(found, Path.GetFileName(goldens), row));
        int at = 0;
        foreach (Row row in Rows(table, "choices"))
            yield return new Promise("choice " + at++, () => CheckChoice(found, Path.GetFileName(goldens), row));
        yield return new Promise("no sidecar besides", () => Assert.AreEqual(Rows(table, "sidecars").Count(), found.Sidecars.Count + found.Broken.Count));
    }

    static void CheckSidecar(Found found, string folder, Row row)
    {
        string path = folder + "/" + row["sidecar"];
        if ((bool)row["broken"])
        {
            string line = found.Broken.Single(one => one.StartsWith(path + ": "));
            StringAssert.Contains((string)row["says"], line);
            Assert.IsFalse(line.Contains("\n"));
            return;
        }
        Sidecar sidecar = found.Sidecars.Single(one => one.Path == path);
        Assert.AreEqual(row["source"], sidecar.Source.File);
        Assert.AreEqual(row["material"], sidecar.Source.Material);
        CollectionAssert.AreEqual((List<object>)row["retired"], sidecar.Retired);
        List<Row> variants = Rows(row, "variants").ToList();
        Assert.AreEqual(variants.Count, sidecar.Variants.Count);
        for (int i = 0; i < variants.Count; i++)
            CheckVariant(found, sidecar, sidecar.Variants[i], variants[i]);
    }

    static void CheckVariant(Found found, Sidecar sidecar, Variant variant, Row row)
    {
        CollectionAssert.AreEqual(
            new[] { row["id"], row["status"], row["draft"], row["error"], row["rule"], row["reason"], row["usable"] },
            new object[] { variant.Id, variant.Status, variant.Draft, variant.Error, variant.Rule, variant.Reason, found.IsUsable(sidecar, variant, NothingShown) });
        List<Row> maps = Rows(row, "maps").ToList();
        Assert.AreEqual(maps.Count, variant.Maps.Count);
        for (int i = 0; i < maps.Count; i++)
        {
            MapFile map = variant.Maps[i];
            var settings = new TextureSettings(map);
            CollectionAssert.AreEqual(
                new[] { "file", "use", "kind", "color_space", "normal_y", "alpha", "wrap_u", "wrap_v", "filter", "max_size" }.Select(name => maps[i][name]),
                new object[]
                {
                    map.File, found.ArrivalOf(sidecar, map) == Arrival.Arrived, settings.Kind.ToString().ToLowerInvariant(), settings.ColorSpace,
                    settings.NormalY, settings.Alpha, settings.WrapU, settings.WrapV, settings.Filter, (double)settings.MaxSize,
                });
        }
    }

    static void CheckChoice(Found found, string folder, Row row)
    {
        MaterialGroup material = MaterialGroup.Of(found.Sidecars)
            .Single(one => one.Folder == folder + "/" + row["folder"] && one.Name == (string)row["material"]);
        var rules = new ShownFiles(found, NothingShown);
        Choices follow = Choices.None.WithFollow((bool)row["follow"]);
        foreach (Choices choices in new[] { follow.WithMaterial(material, (string)row["wanted"]), follow.WithProject((string)row["wanted"]) })
        {
            Dictionary<string, string> shown = rules.Of(material, rules.Wanted(material, choices))
                .ToDictionary(one => one.Sidecar.Source.File, one => one.Path);
            Assert.AreEqual(Rows(row, "shows").Count(), shown.Count);
            foreach (Row show in Rows(row, "shows"))
                Assert.AreEqual(material.Folder + "/" + show["file"], shown[(string)show["source"]]);
        }
    }

    static IEnumerable<Row> Rows(Row row, string name)
    {
        return ((List<object>)row[name]).Cast<Row>();
    }
}
