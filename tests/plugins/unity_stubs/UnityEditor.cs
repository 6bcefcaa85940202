// What the companion uses of UnityEditor but for its asset database: see UnityEngine.cs for what these stubs are.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using UnityEngine;
using Object = UnityEngine.Object;

namespace UnityEditor
{
    [AttributeUsage(AttributeTargets.Class)]
    public class InitializeOnLoadAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class MenuItem : Attribute
    {
        public MenuItem(string itemName) { }
    }

    public sealed class EditorApplication
    {
        public delegate void CallbackFunction();

        public static CallbackFunction update;
        public static CallbackFunction delayCall;
        public static bool isCompiling { get; internal set; }
        public static bool isUpdating { get; internal set; }
        public static bool isPlayingOrWillChangePlaymode { get; internal set; }
        public static double timeSinceStartup { get; internal set; }

        /// <summary>One turn of the editor's loop, so many seconds after the last.</summary>
        internal static void Turn(double seconds)
        {
            timeSinceStartup += seconds;
            update?.Invoke();
            CallbackFunction calls = delayCall;
            delayCall = null;
            calls?.Invoke();
        }
    }

    public class ScriptableSingleton<T> : ScriptableObject where T : ScriptableObject
    {
        static T s_Instance;

        public static T instance
        {
            get { return s_Instance ?? (s_Instance = CreateInstance<T>()); }
        }
    }

    public sealed class Undo
    {
        public delegate void UndoRedoCallback();

        public static UndoRedoCallback undoRedoPerformed;
        static readonly List<Step> Steps = new List<Step>();
        static int group;

        public static void RecordObject(Object objectToUndo, string name)
        {
            Steps.Add(new Step(group, objectToUndo));
        }

        public static void IncrementCurrentGroup()
        {
            group++;
        }

        public static int GetCurrentGroup()
        {
            return group;
        }

        public static void SetCurrentGroupName(string name) { }

        public static void CollapseUndoOperations(int groupIndex)
        {
            foreach (Step step in Steps.Where(step => step.Group > groupIndex))
                step.Group = groupIndex;
        }

        public static void PerformUndo()
        {
            int last = Steps.Max(step => step.Group);
            foreach (Step step in Steps.Where(step => step.Group == last).Reverse().ToList())
            {
                step.Restore();
                Steps.Remove(step);
            }
            undoRedoPerformed?.Invoke();
        }

        sealed class Step
        {
            internal int Group;
            readonly Object target;
            readonly Dictionary<FieldInfo, object> values = new Dictionary<FieldInfo, object>();
            readonly Dictionary<string, Texture> textures;

            internal Step(int group, Object target)
            {
                Group = group;
                this.target = target;
                if (target is Material material)
                    textures = new Dictionary<string, Texture>(material.Textures);
                foreach (FieldInfo field in target.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    if (field.IsDefined(typeof(SerializeField), false))
                        values[field] = field.GetValue(target);
                }
            }

            internal void Restore()
            {
                foreach (KeyValuePair<FieldInfo, object> value in values)
                    value.Key.SetValue(target, value.Value);
                if (target is Material material)
                    material.Textures = textures;
            }
        }
    }

    public class EditorUtility
    {
        internal static readonly HashSet<Object> Dirty = new HashSet<Object>();

        public static void SetDirty(Object target)
        {
            Dirty.Add(target);
        }
    }

    public enum EditorBehaviorMode
    {
        Mode3D = 0,
        Mode2D = 1,
    }

    public sealed class EditorSettings
    {
        public static EditorBehaviorMode defaultBehaviorMode { get; set; }
    }

    public class EditorWindow : ScriptableObject
    {
        public static T GetWindow<T>(string title) where T : EditorWindow
        {
            return CreateInstance<T>();
        }

        public void Repaint() { }
    }

    public enum MessageType
    {
        None = 0,
        Info = 1,
        Warning = 2,
        Error = 3,
    }

    public sealed class EditorStyles
    {
        public static GUIStyle wordWrappedMiniLabel
        {
            get { return new GUIStyle(); }
        }
    }

    public sealed class EditorGUI
    {
        public static int indentLevel { get; set; }
    }

    /// <summary>Keeps what was drawn; a popup and a toggle give what a test has put in Answers, by their label.</summary>
    public sealed class EditorGUILayout
    {
        internal static readonly List<string> Drawn = new List<string>();
        internal static readonly Dictionary<string, string> Answers = new Dictionary<string, string>();

        public static Vector2 BeginScrollView(Vector2 scrollPosition, params GUILayoutOption[] options)
        {
            return scrollPosition;
        }

        public static void EndScrollView() { }

        public static void HelpBox(string message, MessageType type)
        {
            Drawn.Add(type + ": " + message);
        }

        public static bool ToggleLeft(string label, bool value, params GUILayoutOption[] options)
        {
            return Answers.ContainsKey(label) ? Answers[label] == "on" : value;
        }

        public static int Popup(string label, int selectedIndex, string[] displayedOptions, params GUILayoutOption[] options)
        {
            Drawn.Add(label + ": " + string.Join(" | ", displayedOptions));
            return Answers.ContainsKey(label) ? Array.IndexOf(displayedOptions, Answers[label]) : selectedIndex;
        }

        public static bool Foldout(bool foldout, string content, bool toggleOnLabelClick)
        {
            Drawn.Add(content);
            return true;
        }

        public static void LabelField(string label, string label2, params GUILayoutOption[] options)
        {
            Drawn.Add(label + ": " + label2);
        }

        public static void LabelField(string label, GUIStyle style, params GUILayoutOption[] options)
        {
            Drawn.Add(label);
        }
    }
}
