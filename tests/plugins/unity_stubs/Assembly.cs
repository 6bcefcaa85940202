using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("check")]
