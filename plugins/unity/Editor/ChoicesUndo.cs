using System;
using Impasto.Core;
using UnityEditor;
using UnityEngine;

namespace Impasto.Companion
{
    /// <summary>The choices as an object that Unity's undo knows; the file in ProjectSettings is written along.</summary>
    internal sealed class ChoicesUndo : ScriptableSingleton<ChoicesUndo>
    {
        [SerializeField] string text = "";
        [NonSerialized] string onDisk = "";

        /// <summary>Whether somebody else has changed the file, a pull for instance.</summary>
        internal bool IsStale
        {
            get { return Project.ReadChoicesText() != onDisk; }
        }

        /// <summary>Raises SidecarError for a file that cannot be read.</summary>
        internal Choices Read()
        {
            text = onDisk = Project.ReadChoicesText();
            return Parse(text);
        }

        /// <summary>step: the name for undo, null where no user asked for it.</summary>
        internal void Write(Choices choices, string step)
        {
            if (step != null)
                Undo.RecordObject(this, step);
            text = onDisk = choices.ToText();
            Project.WriteChoices(text);
        }

        /// <summary>What undo or redo has put back; null when it was a step of something else, or the file has changed since.</summary>
        internal Choices Undone()
        {
            return text == onDisk || IsStale ? null : Parse(text);
        }

        static Choices Parse(string text)
        {
            return text == "" ? Choices.None : Choices.FromText(Project.ChoicesPath, text);
        }
    }
}
