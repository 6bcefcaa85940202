using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Impasto.Editor.Tests")]
