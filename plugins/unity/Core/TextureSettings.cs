using System;

namespace Impasto.Core
{
    public enum TextureKind
    {
        Color,
        Normal,
        Data,
    }

    /// <summary>How a file is imported, by what its map says. MaxSize is the power of two that holds the picture.</summary>
    public sealed class TextureSettings
    {
        public readonly TextureKind Kind;
        public readonly bool IsSprite;
        public readonly string ColorSpace;
        public readonly string NormalY;
        public readonly string Alpha;
        public readonly string WrapU;
        public readonly string WrapV;
        public readonly string Filter;
        public readonly int MaxSize;
        public readonly double Scale;

        public TextureSettings(MapFile map)
        {
            Kind = map.Role == "normal" ? TextureKind.Normal : map.ColorSpace == "srgb" ? TextureKind.Color : TextureKind.Data;
            IsSprite = map.Role == "sprite";
            ColorSpace = map.ColorSpace;
            NormalY = map.NormalY;
            Alpha = map.AlphaMode;
            WrapU = map.WrapU;
            WrapV = map.WrapV;
            Filter = map.FilterHint;
            MaxSize = PowerOfTwoThatHolds(Math.Max(map.Width, map.Height));
            Scale = map.Scale;
        }

        static int PowerOfTwoThatHolds(int side)
        {
            int size = 1;
            while (size < side && size < 1 << 30)
                size *= 2;
            return size;
        }
    }
}
