// The importers that the companion uses: see UnityEngine.cs for what these stubs are.
using UnityEngine;

namespace UnityEditor
{
    public class AssetImporter : Object
    {
        public string assetPath { get; internal set; }
        public bool importSettingsMissing { get; internal set; }

        public static AssetImporter GetAtPath(string path)
        {
            return AssetDatabase.ImporterOf(path);
        }

        public void SaveAndReimport()
        {
            AssetDatabase.Save(this);
            AssetDatabase.ImportAsset(assetPath, ImportAssetOptions.ForceUpdate);
        }
    }

    public enum ImportAssetOptions
    {
        Default = 0,
        ForceUpdate = 1,
    }

    public enum TextureImporterType
    {
        Default = 0,
        NormalMap = 1,
        Sprite = 8,
    }

    public enum TextureImporterAlphaSource
    {
        None = 0,
        FromInput = 1,
        FromGrayScale = 2,
    }

    public enum SpriteImportMode
    {
        None = 0,
        Single = 1,
        Multiple = 2,
        Polygon = 3,
    }

    public sealed class TextureImporterSettings
    {
        public float spritePixelsPerUnit { get; set; }
        public int spriteAlignment { get; set; }
        public Vector2 spritePivot { get; set; }
        public Vector4 spriteBorder { get; set; }
    }

    /// <summary>Setting the type resets what depends on it, as in Unity.</summary>
    public sealed class TextureImporter : AssetImporter
    {
        TextureImporterType type;
        TextureImporterSettings sprite = new TextureImporterSettings { spritePixelsPerUnit = 100 };

        public TextureImporter()
        {
            Reset();
        }

        public TextureImporterType textureType
        {
            get { return type; }
            set
            {
                type = value;
                Reset();
            }
        }

        public bool sRGBTexture { get; set; }
        public TextureImporterAlphaSource alphaSource { get; set; }
        public bool alphaIsTransparency { get; set; }
        public TextureWrapMode wrapModeU { get; set; }
        public TextureWrapMode wrapModeV { get; set; }
        public FilterMode filterMode { get; set; }
        public int maxTextureSize { get; set; }
        public bool flipGreenChannel { get; set; }
        public SpriteImportMode spriteImportMode { get; set; }

        public float spritePixelsPerUnit
        {
            get { return sprite.spritePixelsPerUnit; }
            set { sprite.spritePixelsPerUnit = value; }
        }

        public void ReadTextureSettings(TextureImporterSettings dest)
        {
            Copy(sprite, dest);
        }

        public void SetTextureSettings(TextureImporterSettings src)
        {
            Copy(src, sprite);
        }

        void Reset()
        {
            sRGBTexture = type != TextureImporterType.NormalMap;
            alphaSource = TextureImporterAlphaSource.FromInput;
            alphaIsTransparency = type == TextureImporterType.Sprite;
            wrapModeU = wrapModeV = type == TextureImporterType.Sprite ? TextureWrapMode.Clamp : TextureWrapMode.Repeat;
            filterMode = FilterMode.Bilinear;
            maxTextureSize = 2048;
            flipGreenChannel = false;
            spriteImportMode = type == TextureImporterType.Sprite ? SpriteImportMode.Multiple : SpriteImportMode.None;
        }

        static void Copy(TextureImporterSettings from, TextureImporterSettings to)
        {
            to.spritePixelsPerUnit = from.spritePixelsPerUnit;
            to.spriteAlignment = from.spriteAlignment;
            to.spritePivot = from.spritePivot;
            to.spriteBorder = from.spriteBorder;
        }
    }

    public class AssetPostprocessor
    {
        public AssetImporter assetImporter { get; internal set; }

        public string assetPath
        {
            get { return assetImporter.assetPath; }
        }
    }
}

namespace UnityEditor.AssetImporters
{
    public class ScriptedImporterAttribute : System.Attribute
    {
        public ScriptedImporterAttribute(int version, string ext) { }
    }

    public abstract class ScriptedImporter : AssetImporter
    {
        public abstract void OnImportAsset(AssetImportContext ctx);
    }

    public class AssetImportContext
    {
        internal readonly System.Collections.Generic.List<string> Dependencies = new System.Collections.Generic.List<string>();
        internal readonly System.Collections.Generic.List<string> Errors = new System.Collections.Generic.List<string>();

        public string assetPath { get; internal set; }
        public Object mainObject { get; private set; }

        public void AddObjectToAsset(string identifier, Object obj) { }

        public void SetMainObject(Object obj)
        {
            mainObject = obj;
        }

        public void DependsOnSourceAsset(string path)
        {
            Dependencies.Add(path);
        }

        public void LogImportError(string msg, Object obj = null)
        {
            Errors.Add(msg);
        }
    }
}
