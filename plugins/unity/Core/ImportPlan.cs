using System;
using System.Collections.Generic;
using System.Linq;

namespace Impasto.Core
{
    /// <summary>FirstSettings: the file was imported before the manifest that lists it had landed.</summary>
    public enum ActionKind
    {
        Import,
        Reimport,
        FirstSettings,
        LetGo,
        Assign,
    }

    public sealed class PlannedAction
    {
        public readonly ActionKind Kind;
        public readonly string Path;
        public readonly string Sha256;
        public readonly TextureSettings Settings;
        public readonly Slot Slot;
        public readonly string Source;

        /// <summary>
        /// Sha256 is of the bytes to import. Settings is set for FirstSettings, Slot for Assign, Source (of what Path is an
        /// output, or itself) for both.
        /// </summary>
        public PlannedAction(ActionKind kind, string path, string sha256)
        {
            Kind = kind;
            Path = path;
            Sha256 = sha256;
        }

        public PlannedAction(string path, TextureSettings settings, string source) : this(ActionKind.FirstSettings, path, null)
        {
            Settings = settings;
            Source = source;
        }

        public PlannedAction(string path, Slot slot, string source) : this(ActionKind.Assign, path, null)
        {
            Slot = slot;
            Source = source;
        }
    }

    /// <summary>A texture property of a material that shows a listed file.</summary>
    public sealed class Slot
    {
        public readonly string Holder;
        public readonly string Property;
        public readonly string File;
        public readonly string Source;

        /// <summary>file: empty where the texture is gone. source: whose variant the companion put there, else empty.</summary>
        public Slot(string holder, string property, string file, string source)
        {
            Holder = holder;
            Property = property;
            File = file;
            Source = source;
        }
    }

    /// <summary>What the editor knows besides the disk; Newcomers were imported just now without any manifest.</summary>
    public sealed class EditorFacts
    {
        public static readonly EditorFacts None = new EditorFacts(new Slot[0], new string[0]);

        public readonly IReadOnlyList<Slot> Slots;
        public readonly ICollection<string> Newcomers;

        public EditorFacts(IReadOnlyList<Slot> slots, ICollection<string> newcomers)
        {
            Slots = slots;
            Newcomers = newcomers;
        }
    }

    /// <summary>From what is on disk, what was imported before and what was chosen: what to do. Nothing is read here.</summary>
    public static class ImportPlan
    {
        public static IReadOnlyList<PlannedAction> Make(Found found, Choices choices, ImportRecord imported, EditorFacts facts)
        {
            return Imports(found, imported)
                .Concat(FirstSettings(found, facts.Newcomers))
                .Concat(LetGo(found, imported))
                .Concat(Assignments(found, choices, facts.Slots))
                .ToList();
        }

        /// <summary>Files whose bytes are the recorded ones, and sidecars, readable or not: their importer says why not.</summary>
        static IEnumerable<PlannedAction> Imports(Found found, ImportRecord imported)
        {
            IEnumerable<string> maps = found.Sidecars.SelectMany(sidecar => sidecar.Maps
                .Where(map => found.ArrivalOf(sidecar, map) == Arrival.Arrived)
                .Select(map => sidecar.PathOf(map.File)));
            IEnumerable<string> sources = found.Sidecars
                .Where(sidecar => found.ArrivalOf(sidecar.SourcePath, sidecar.Source.Sha256) == Arrival.Arrived)
                .Select(sidecar => sidecar.SourcePath);
            IEnumerable<string> sidecars = found.Files.Select(file => file.Path)
                .Where(path => path.EndsWith(SidecarFinder.Suffix, StringComparison.Ordinal));
            foreach (string path in maps.Concat(sources).Concat(sidecars).Distinct())
            {
                string before = imported.HashOf(path), now = found.HashOf(path);
                if (before != now)
                    yield return new PlannedAction(before == null ? ActionKind.Import : ActionKind.Reimport, path, now);
            }
        }

        static IEnumerable<PlannedAction> FirstSettings(Found found, ICollection<string> newcomers)
        {
            if (newcomers.Count == 0)
                return new PlannedAction[0];
            return found.Sidecars
                .SelectMany(sidecar => sidecar.Maps.Where(map => found.ArrivalOf(sidecar, map) == Arrival.Arrived)
                    .Select(map => new PlannedAction(sidecar.PathOf(map.File), new TextureSettings(map), sidecar.SourcePath)))
                .Where(action => newcomers.Contains(action.Path))
                .GroupBy(action => action.Path)
                .Select(same => same.First());
        }

        /// <summary>What was retired, has vanished, or is listed no more.</summary>
        static IEnumerable<PlannedAction> LetGo(Found found, ImportRecord imported)
        {
            var there = new HashSet<string>(found.Files.Select(file => file.Path));
            return imported.Paths
                .Where(path => !there.Contains(path))
                .Select(path => new PlannedAction(ActionKind.LetGo, path, null));
        }

        static IEnumerable<PlannedAction> Assignments(Found found, Choices choices, IReadOnlyList<Slot> slots)
        {
            if (slots.Count == 0)
                yield break;
            var shown = new HashSet<string>(slots.Select(slot => slot.File));
            var rules = new ShownFiles(found, shown);
            Dictionary<string, Shown> bySource = MaterialGroup.Of(found.Sidecars)
                .SelectMany(material => rules.Of(material, rules.Wanted(material, choices)))
                .GroupBy(one => one.Sidecar.SourcePath)
                .ToDictionary(same => same.Key, same => same.First());
            foreach (Slot slot in slots)
            {
                string source = slot.Source == "" ? slot.File : slot.Source;
                Shown wanted;
                if (!bySource.TryGetValue(source, out wanted))
                {
                    if (slot.File == "" && source != "")
                        yield return new PlannedAction(source, slot, source); // the output went along with its sidecar
                }
                else if (wanted.Path != slot.File && HasArrived(found, wanted))
                    yield return new PlannedAction(wanted.Path, slot, source);
            }
        }

        static bool HasArrived(Found found, Shown wanted)
        {
            string now = found.HashOf(wanted.Path);
            return now != null && (wanted.Map == null || now == wanted.Map.Sha256);
        }
    }
}
