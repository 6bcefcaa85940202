using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Impasto.Core;
using UnityEditor;
using UnityEngine;

namespace Impasto.Companion
{
    /// <summary>Looks at the project on a thread of its own, and does on the editor's what the plan says.</summary>
    [InitializeOnLoad]
    internal static class ProjectWatch
    {
        const double Pause = 1;
        const double PauseWhileLate = 0.5; // what is on its way is looked at again within a second
        const double PauseForWork = 20; // times as long as a look took, so that it takes a twentieth of one core at most

        static readonly Newcomers Newcomers = new Newcomers();
        static Survey survey;
        static ImportRecord record;
        static Found planned;
        static bool isDue;
        static double nextLook;
        static double lookBegan;

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
            nextLook = 0;
            EditorApplication.update -= Tick;
            EditorApplication.update += Tick;
            Undo.undoRedoPerformed -= Undone;
            Undo.undoRedoPerformed += Undone;
        }

        /// <summary>Called while Unity imports, so nothing is done here but to remember.</summary>
        internal static void AssetsChanged(string[] imported)
        {
            if (survey == null)
                return;
            foreach (string path in imported)
            {
                if (path.EndsWith(".mat", StringComparison.Ordinal))
                    isDue = true;
                else if (FreshSettings(path) != 0 && record.HashOf(path) == null)
                    Remember(path);
            }
        }

        static void Remember(string path)
        {
            FirstImport.Listed listed = FirstImport.FindListed(path);
            if (listed != null && TextureSetup.Fits((TextureImporter)AssetImporter.GetAtPath(path), new TextureSettings(listed.Map)))
                return;
            Newcomers.Add(path, FreshSettings(path), EditorApplication.timeSinceStartup);
            isDue = isDue || listed != null;
        }

        static bool IsBusy
        {
            get { return EditorApplication.isCompiling || EditorApplication.isUpdating || EditorApplication.isPlayingOrWillChangePlaymode; }
        }

        static void Tick()
        {
            if (IsBusy)
                return;
            double now = EditorApplication.timeSinceStartup;
            if (Looking == null)
            {
                if (now < nextLook)
                    return;
                lookBegan = now;
                Looking = Task.Run(() => survey.Look());
            }
            else if (Looking.IsCompleted)
            {
                Task<Found> look = Looking;
                Looking = null;
                nextLook = now + Math.Max(look.Status == TaskStatus.RanToCompletion && look.Result.AnyLate ? PauseWhileLate : Pause, PauseForWork * (now - lookBegan));
                if (look.IsFaulted)
                    Debug.LogException(look.Exception);
                else
                    Take(look.Result);
            }
        }

        static void Take(Found found)
        {
            Found = found;
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
            try
            {
                Choices = ChoicesUndo.instance.Read();
                Carry(found, step, problems);
            }
            catch (SidecarError error)
            {
                problems.Add(error.Message); // a choices file in conflict: it is the user's to mend
            }
            Problems = problems;
            Changed?.Invoke();
        }

        static void Carry(Found found, string step, List<string> problems)
        {
            Slots = MaterialSlots.Gather(found, Choices);
            IReadOnlyList<PlannedAction> actions = ImportPlan.Make(found, Choices, record, new EditorFacts(Slots, Untouched()));
            if (actions.Count == 0)
                return;
            ImportRun.Do(actions);
            foreach (PlannedAction done in actions.Where(action => action.Kind == ActionKind.FirstSettings))
                Newcomers.Remove(done.Path);
            record = record.After(actions);
            Project.WriteRecord(record, found.Files);
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
                .Where(path => Newcomers.IsUntouched(path, FreshSettings(path)))
                .ToList();
        }

        /// <summary>When the settings of a texture were written, if that was just now; else 0.</summary>
        static long FreshSettings(string path)
        {
            if (!(AssetImporter.GetAtPath(path) is TextureImporter))
                return 0;
            var meta = new FileInfo(ProjectPath.OnDisk(Project.Root, path + ".meta"));
            return meta.Exists && DateTime.UtcNow - meta.LastWriteTimeUtc < TimeSpan.FromMinutes(1) ? meta.LastWriteTimeUtc.Ticks : 0;
        }
    }
}
