using System;
using System.Collections.Generic;
using UnityEngine;

namespace Impasto.Companion
{
    /// <summary>What the Inspector shows of a sidecar.</summary>
    public sealed class SidecarAsset : ScriptableObject
    {
        [Serializable]
        public sealed class Row
        {
            public string id;
            public string status;
            public bool draft;
            public bool usable;
            public string error;
            public string rule;
            public string reason;
        }

        /// <summary>Why it cannot be read; empty for one that can.</summary>
        public string problem = "";
        public string source = "";
        public string material = "";
        public List<Row> variants = new List<Row>();
    }
}
