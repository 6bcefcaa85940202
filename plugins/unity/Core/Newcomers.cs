using System.Collections.Generic;
using System.Linq;

namespace Impasto.Core
{
    /// <summary>
    /// Textures that got fresh settings while no manifest listed them. Images land before their manifest, and the editor
    /// may refresh in between: then their first settings are due when the manifest is there.
    /// </summary>
    public sealed class Newcomers
    {
        const double Patience = 60;

        readonly Dictionary<string, Arrived> arrived = new Dictionary<string, Arrived>();

        public void Add(string path, long settingsTicks, double now)
        {
            arrived[path] = new Arrived(settingsTicks, now);
        }

        public void Remove(string path)
        {
            arrived.Remove(path);
        }

        public IReadOnlyList<string> Waiting(double now)
        {
            foreach (string path in arrived.Keys.Where(path => now - arrived[path].At > Patience).ToList())
                arrived.Remove(path);
            return arrived.Keys.ToList();
        }

        /// <summary>Whether nobody has touched its settings since it came.</summary>
        public bool IsUntouched(string path, long settingsTicks)
        {
            Arrived one;
            return arrived.TryGetValue(path, out one) && one.SettingsTicks == settingsTicks;
        }

        sealed class Arrived
        {
            internal readonly long SettingsTicks;
            internal readonly double At;

            internal Arrived(long settingsTicks, double at)
            {
                SettingsTicks = settingsTicks;
                At = at;
            }
        }
    }
}
