using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("check")]
[assembly: InternalsVisibleTo("Impasto.Editor.Tests")]
