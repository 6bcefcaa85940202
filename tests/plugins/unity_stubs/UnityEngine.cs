// What the companion uses of UnityEngine, written from the public documentation: names and signatures only, checked
// against the public C# reference of 2022.3.76f1 and 6000.7.0a1. Not Unity's code, and not what Unity does: where a
// test needs an answer, the simplest one that the documentation allows is given.
using System;
using System.Collections.Generic;

namespace UnityEngine
{
    public class Object
    {
        public HideFlags hideFlags { get; set; }
        public string name { get; set; }
    }

    [Flags]
    public enum HideFlags
    {
        None = 0,
        HideAndDontSave = 61,
    }

    public class ScriptableObject : Object
    {
        public static T CreateInstance<T>() where T : ScriptableObject
        {
            return (T)Activator.CreateInstance(typeof(T), true);
        }
    }

    [AttributeUsage(AttributeTargets.Field)]
    public sealed class SerializeField : Attribute { }

    public class Texture : Object { }

    public class Texture2D : Texture
    {
        public Texture2D(int width, int height) { }
    }

    public class Shader : Object
    {
        internal readonly List<string> TextureNames = new List<string>();

        public static Shader Find(string name)
        {
            var shader = new Shader { name = name };
            shader.TextureNames.AddRange(name == "Standard" ? new[] { "_MainTex", "_BumpMap", "_MetallicGlossMap", "_OcclusionMap" } : new string[0]);
            shader.TextureNames.AddRange(name == "Universal Render Pipeline/Lit" ? new[] { "_BaseMap", "_MainTex", "_BumpMap", "_MetallicGlossMap", "_OcclusionMap" } : new string[0]);
            shader.TextureNames.AddRange(name == "HDRP/Lit" ? new[] { "_BaseColorMap", "_MainTex", "_MaskMap", "_NormalMap" } : new string[0]);
            return shader;
        }
    }

    public class Material : Object
    {
        internal Dictionary<string, Texture> Textures = new Dictionary<string, Texture>();
        internal HashSet<string> Keywords = new HashSet<string>();
        readonly Shader shader;

        public Material(Shader shader)
        {
            this.shader = shader;
        }

        public bool HasProperty(string name)
        {
            return shader.TextureNames.Contains(name);
        }

        public string[] GetTexturePropertyNames()
        {
            return shader.TextureNames.ToArray();
        }

        public Texture GetTexture(string name)
        {
            Texture texture;
            return Textures.TryGetValue(name, out texture) ? texture : null;
        }

        public void SetTexture(string name, Texture value)
        {
            Textures[name] = value;
        }

        public void EnableKeyword(string keyword)
        {
            Keywords.Add(keyword);
        }

        public bool IsKeywordEnabled(string keyword)
        {
            return Keywords.Contains(keyword);
        }
    }

    public struct Vector2
    {
        public float x, y;
    }

    public struct Vector4
    {
        public float x, y, z, w;

        public Vector4(float x, float y, float z, float w)
        {
            this.x = x;
            this.y = y;
            this.z = z;
            this.w = w;
        }

        public static Vector4 operator *(Vector4 a, float d)
        {
            return new Vector4(a.x * d, a.y * d, a.z * d, a.w * d);
        }
    }

    public struct Rect { }

    public struct Mathf
    {
        public static int Clamp(int value, int min, int max)
        {
            return Math.Max(min, Math.Min(value, max));
        }
    }

    public struct Hash128
    {
        string text;

        public static Hash128 Compute(string data)
        {
            return new Hash128 { text = BitConverter.ToString(System.Text.Encoding.UTF8.GetBytes(data)) };
        }

        public override string ToString()
        {
            return text;
        }
    }

    public enum FilterMode
    {
        Point = 0,
        Bilinear = 1,
        Trilinear = 2,
    }

    public enum TextureWrapMode
    {
        Repeat = 0,
        Clamp = 1,
        Mirror = 2,
        MirrorOnce = 3,
    }

    public class Application
    {
        public static bool isBatchMode { get; internal set; }
        public static string dataPath { get; internal set; }
    }

    public class Debug
    {
        internal static readonly List<string> Logged = new List<string>();

        public static void LogException(Exception exception)
        {
            Logged.Add(exception.ToString());
        }
    }

    public class GUIStyle { }

    public class GUILayoutOption { }

    public class GUILayout
    {
        public static bool Button(string text, params GUILayoutOption[] options)
        {
            return false;
        }
    }
}
