using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Impasto.Core;
using UnityEditor;
using UnityEngine;
using Debug = UnityEngine.Debug;

namespace Impasto.Companion
{
    /// <summary>Looks at the project on a thread of its own, and does on the editor's what the plan says.</summary>
    [InitializeOnLoad]
    internal static class ProjectWatch
    {
        const double Pause = 1;
        const double PauseWhileLate = 0.5; // what is on its way is looked at again within a second
        const double PatienceWithLate = 5; // after that it is an output edited by hand
        const double PauseForWork = 20; // times as long as a look took, so that it takes a twentieth of one core at most

        static readonly Newcomers Newcomers = new Newcomers();
        static readonly List<string> Fresh = new List<string>();
        static Survey survey;
        static ImportRecord record;
        static Found planned;
        static bool isDue;
        static double nextLook;
        static double lookSeconds; // of the look itself: an editor in the background fetches it late
        static double changedAt;

        /// <summary>The look that goes on now; null between looks.</summary>
        internal static Task<Found> Looking { get; private set; }

        internal static Found Found { get; private set; }
        internal static Choices Choices { get; private set; }
        internal static IReadOnlyList<Slot> Slots { get; private set; }

        /// <summary>A line for each thing that could not be done, for the window.</summary>
        internal static IReadOnlyList<string> Problems { get; private set; }

        internal static event Action Changed;

        static ProjectWatch()
        {
            // a build machine imports what it was given, and an import worker must not import
            if (!Application.isBatchMode && !AssetDatabase.IsAssetImportWorkerProcess())
                Start();
        }

        internal static void Start()
        {
            IReadOnlyList<HashedFile> hashed;
            record = Project.ReadRecord(out hashed);
            survey = new Survey(Project.Root, Project.Assets, hashed);
            Found = Found.Nothing;
            Choices = Choices.None;
            Slots = new Slot[0];
            Problems = new string[0];
            planned = null;
            Looking = null;
            changedAt = 0;
            nextLook = 0;
            EditorApplication.update -= Tick;
            EditorApplication.update += Tick;
            Undo.undoRedoPerformed -= Undone;
            Undo.undoRedoPerformed += Undone;
        }

        /// <summary>Called while Unity imports, so nothing is done here but to remember.</summary>
        internal static void AssetsChanged(string[] imported)
        {
            List<string> fresh = imported.Where(FreshTextures.Take).ToList();
            if (survey == null)
                return;
            isDue = isDue || imported.Any(path => path.EndsWith(".mat", StringComparison.Ordinal));
            Fresh.AddRange(fresh);
        }

        static bool IsBusy
        {
            get
            {
                return EditorApplication.isCompiling || EditorApplication.isUpdating
                    || EditorApplication.isPlayingOrWillChangePlaymode;
            }
        }

        static void Tick()
        {
            if (IsBusy)
                return;
            double now = EditorApplication.timeSinceStartup;
            foreach (string path in Fresh)
                Newcomers.Add(path, SettingsTicks(path), now);
            isDue = isDue || Fresh.Count > 0; // its manifest may have landed since
            Fresh.Clear();
            if (Looking == null)
            {
                if (now < nextLook)
                    return;
                Looking = Task.Run(() => Timed(survey));
            }
            else if (Looking.IsCompleted)
            {
                Task<Found> look = Looking;
                Looking = null;
                nextLook = now + Math.Max(Pause, PauseForWork * lookSeconds);
                if (look.IsFaulted)
                    Debug.LogException(look.Exception);
                else
                    Take(look.Result, now);
            }
        }

        static Found Timed(Survey survey)
        {
            var watch = Stopwatch.StartNew();
            Found found = survey.Look();
            lookSeconds = watch.Elapsed.TotalSeconds;
            return found;
        }

        static void Take(Found found, double now)
        {
            if (!ReferenceEquals(found, Found))
                changedAt = now;
            Found = found;
            if (found.AnyLate && now - changedAt < PatienceWithLate)
                nextLook = now + PauseWhileLate;
            if (!ReferenceEquals(found, planned) || isDue || ChoicesUndo.instance.IsStale)
                EditorApplication.delayCall += FollowWhenFree;
        }

        static void FollowWhenFree()
        {
            if (!IsBusy)
                Follow(null); // else the next look brings it here again
        }

        /// <summary>step: the name for undo of what a user asked for, else null.</summary>
        static void Follow(string step)
        {
            Found found = Found;
            planned = found;
            isDue = false;
            var problems = new List<string>();
            Slots = new Slot[0];
            try
            {
                Choices = ChoicesUndo.instance.Read();
                Slots = MaterialSlots.Gather(found, Choices);
            }
            catch (SidecarError error)
            {
                problems.Add(error.Message); // a choices file in conflict is the user's to mend; imports go on
            }
            Carry(found, step, problems);
            Problems = problems;
            Changed?.Invoke();
        }

        static void Carry(Found found, string step, List<string> problems)
        {
            var facts = new EditorFacts(Slots, Untouched());
            IReadOnlyList<PlannedAction> actions = ImportPlan.Make(found, Choices, record, facts);
            if (actions.Count == 0)
                return;
            ImportRun.Do(actions);
            foreach (PlannedAction done in actions.Where(action => action.Kind == ActionKind.FirstSettings))
                Newcomers.Remove(done.Path);
            record = record.After(actions);
            Project.WriteRecord(record, found.Files);
            if (Slots.Count == 0)
                return;
            Choices after = MaterialSlots.Assign(actions, Choices, step, problems);
            if (after.ToText() != Choices.ToText())
                Write(after, step);
            Slots = MaterialSlots.Gather(found, Choices);
        }

        /// <summary>Does what a user asked for, as one step of undo.</summary>
        internal static void Choose(Func<Choices, Choices> change, string step)
        {
            AsOneStep(step, () => Write(change(ChoicesUndo.instance.Read()), step));
        }

        internal static void LinkMaps(MaterialGroup material)
        {
            string step = "Link maps of " + material.Name;
            AsOneStep(step, () => MaterialSlots.LinkMaps(material, Slots, step));
        }

        static void AsOneStep(string step, Action change)
        {
            Undo.IncrementCurrentGroup();
            int group = Undo.GetCurrentGroup();
            Undo.SetCurrentGroupName(step);
            try
            {
                change();
                Follow(step);
            }
            catch (SidecarError error)
            {
                Problems = new[] { error.Message };
            }
            Undo.CollapseUndoOperations(group);
        }

        static void Write(Choices choices, string step)
        {
            Choices = choices;
            ChoicesUndo.instance.Write(choices, step);
        }

        static void Undone()
        {
            Choices undone = ChoicesUndo.instance.Undone();
            if (undone == null)
                return;
            Write(MaterialSlots.Merge(undone, Choices), null);
            isDue = true;
            nextLook = 0;
        }

        static List<string> Untouched()
        {
            return Newcomers.Waiting(EditorApplication.timeSinceStartup)
                .Where(path => Newcomers.IsUntouched(path, SettingsTicks(path)))
                .ToList();
        }

        /// <summary>When the settings of an asset were written; the year 1601 where there are none.</summary>
        static long SettingsTicks(string path)
        {
            return File.GetLastWriteTimeUtc(ProjectPath.OnDisk(Project.Root, path + ".meta")).Ticks;
        }
    }
}
