"""What impasto takes the real textures for, as tables (`python tests/bench/role_confusion.py`)."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from real_maps import confusion_table, judged_by_content, judged_by_name


def main() -> None:
    textures = Path(os.environ["IMPASTO_SHARED"]) / "assets" / "textures"
    print("Roles, under the artists' names:\n\n" + confusion_table(judged_by_name(textures)))
    print(
        "\nRoles, under names that say nothing:\n\n"
        + confusion_table(judged_by_name(textures, lambda _: "x.png"))
    )
    print("\nContent alone:\n\n" + confusion_table(judged_by_content(textures)))


if __name__ == "__main__":
    main()
