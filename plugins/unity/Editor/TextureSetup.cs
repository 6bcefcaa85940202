using Impasto.Core;
using UnityEditor;
using UnityEngine;

namespace Impasto.Companion
{
    /// <summary>Gives a texture the settings that its manifest asks for.</summary>
    internal static class TextureSetup
    {
        const int UnitysDefault = 2048;
        const int Largest = 16384;

        internal static void Apply(TextureImporter importer, TextureSettings settings, string sourcePath)
        {
            var source = AssetImporter.GetAtPath(sourcePath) as TextureImporter; // null while it is not imported
            importer.textureType = TypeOf(settings, source); // first: it resets what follows
            importer.sRGBTexture = settings.ColorSpace == "srgb";
            importer.alphaSource = settings.Alpha == "none" && settings.Kind != TextureKind.Data
                ? TextureImporterAlphaSource.None
                : TextureImporterAlphaSource.FromInput; // a packing's alpha is a map of its own
            importer.alphaIsTransparency = settings.Alpha != "none" && settings.Kind == TextureKind.Color;
            importer.wrapModeU = WrapOf(settings.WrapU);
            importer.wrapModeV = WrapOf(settings.WrapV);
            importer.filterMode = settings.Filter == "nearest" ? FilterMode.Point : FilterMode.Bilinear;
            importer.maxTextureSize = Mathf.Clamp(settings.MaxSize, UnitysDefault, Largest); // else it shrinks an upscale
            if (settings.Kind == TextureKind.Normal)
                importer.flipGreenChannel = settings.NormalY == "-";
            if (importer.textureType == TextureImporterType.Sprite)
                FitSprite(importer, settings, source);
        }

        /// <summary>In a 3D project a picture with alpha is a texture, whatever its role is called.</summary>
        static TextureImporterType TypeOf(TextureSettings settings, TextureImporter source)
        {
            if (settings.Kind == TextureKind.Normal)
                return TextureImporterType.NormalMap;
            bool asSprite = source != null
                ? source.textureType == TextureImporterType.Sprite
                : settings.IsSprite && EditorSettings.defaultBehaviorMode == EditorBehaviorMode.Mode2D;
            return asSprite && settings.Kind == TextureKind.Color ? TextureImporterType.Sprite : TextureImporterType.Default;
        }

        /// <summary>As large in the world as its original, however many pixels it has now.</summary>
        static void FitSprite(TextureImporter importer, TextureSettings settings, TextureImporter source)
        {
            importer.spriteImportMode = SpriteImportMode.Single;
            if (source == null)
                return;
            float scale = (float)settings.Scale;
            TextureImporterSettings mine = new TextureImporterSettings(), theirs = new TextureImporterSettings();
            importer.ReadTextureSettings(mine);
            source.ReadTextureSettings(theirs);
            mine.spritePixelsPerUnit = theirs.spritePixelsPerUnit * scale;
            mine.spriteAlignment = theirs.spriteAlignment;
            mine.spritePivot = theirs.spritePivot;
            mine.spriteBorder = theirs.spriteBorder * scale;
            importer.SetTextureSettings(mine);
        }

        static TextureWrapMode WrapOf(string wrap)
        {
            return wrap == "clamp" ? TextureWrapMode.Clamp : TextureWrapMode.Repeat;
        }
    }
}
