"""Where each county stands on a map of equal tiles, by its ISO code: drawn by us, and schematic.

Column and row, from the west and the north. Neighbours stand beside each other as far as a grid
allows; size and shape mean nothing.
"""

TILES: dict[str, dict[str, tuple[int, int]]] = {
    "ke": {
        # Turkana, Marsabit, Mandera
        "KE-43": (2, 0), "KE-25": (5, 0), "KE-24": (8, 0),
        # Trans Nzoia, West Pokot, Samburu, Isiolo, Wajir
        "KE-42": (1, 1), "KE-47": (2, 1), "KE-37": (4, 1), "KE-09": (5, 1), "KE-46": (8, 1),
        # Busia, Bungoma, Elgeyo-Marakwet, Baringo, Laikipia, Meru
        "KE-04": (0, 2), "KE-03": (1, 2), "KE-05": (2, 2), "KE-01": (3, 2), "KE-20": (4, 2),
        "KE-26": (5, 2),
        # Siaya, Kakamega, Uasin Gishu, Nakuru, Nyandarua, Nyeri, Tharaka-Nithi, Garissa
        "KE-38": (0, 3), "KE-11": (1, 3), "KE-44": (2, 3), "KE-31": (3, 3), "KE-35": (4, 3),
        "KE-36": (5, 3), "KE-41": (6, 3), "KE-07": (8, 3),
        # Kisumu, Vihiga, Nandi, Kericho, Murang'a, Kirinyaga, Embu, Tana River
        "KE-17": (0, 4), "KE-45": (1, 4), "KE-32": (2, 4), "KE-12": (3, 4), "KE-29": (4, 4),
        "KE-15": (5, 4), "KE-06": (6, 4), "KE-40": (8, 4),
        # Homa Bay, Nyamira, Bomet, Narok, Kiambu, Machakos, Kitui, Lamu
        "KE-08": (0, 5), "KE-34": (1, 5), "KE-02": (2, 5), "KE-33": (3, 5), "KE-13": (4, 5),
        "KE-22": (5, 5), "KE-18": (6, 5), "KE-21": (8, 5),
        # Migori, Kisii, Kajiado, Nairobi, Makueni, Kilifi
        "KE-27": (0, 6), "KE-16": (1, 6), "KE-10": (3, 6), "KE-30": (4, 6), "KE-23": (5, 6),
        "KE-14": (7, 6),
        # Taita-Taveta, Kwale, Mombasa
        "KE-39": (5, 7), "KE-19": (6, 7), "KE-28": (7, 7),
    }
}  # fmt: skip
