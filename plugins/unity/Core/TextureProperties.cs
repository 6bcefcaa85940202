using System.Collections.Generic;

namespace Impasto.Core
{
    /// <summary>A texture property of Unity's own shaders, and the keywords without which they do not read it.</summary>
    public sealed class TextureProperty
    {
        public readonly string Name;
        public readonly IReadOnlyList<string> Keywords;

        internal TextureProperty(string name, params string[] keywords)
        {
            Name = name;
            Keywords = keywords;
        }
    }

    /// <summary>Where a map belongs in the Lit and Standard shaders of HDRP, URP and the built-in pipeline.</summary>
    public static class TextureProperties
    {
        static readonly TextureProperty[] Color =
        {
            new TextureProperty("_BaseColorMap"),
            new TextureProperty("_BaseMap"),
            new TextureProperty("_MainTex"),
        };
        static readonly TextureProperty[] Normal =
        {
            new TextureProperty("_NormalMap", "_NORMALMAP", "_NORMALMAP_TANGENT_SPACE"),
            new TextureProperty("_BumpMap", "_NORMALMAP"),
        };
        static readonly TextureProperty[] Occlusion = { new TextureProperty("_OcclusionMap", "_OCCLUSIONMAP") };
        static readonly TextureProperty[] Mask = { new TextureProperty("_MaskMap", "_MASKMAP") };
        static readonly TextureProperty[] MetallicSmoothness =
        {
            new TextureProperty("_MetallicGlossMap", "_METALLICGLOSSMAP", "_METALLICSPECGLOSSMAP"),
        };
        static readonly TextureProperty[] None = { };

        /// <summary>
        /// The first that a shader has is meant. Only what a shader reads as it is: roughness, a metallic map without
        /// smoothness in its alpha, and packings of other engines have no property there; height and emission would
        /// show nothing, or too much, without values that are the user's.
        /// </summary>
        public static IReadOnlyList<TextureProperty> For(string role, string channels)
        {
            switch (role)
            {
                case "base_color": return Color;
                case "normal": return Normal;
                case "ao": return Occlusion;
                case "packed": return channels == "mo-s" ? Mask : channels == "m--s" ? MetallicSmoothness : None;
                default: return None;
            }
        }
    }
}
