"""Loading the divisions: all of them, twice, and with a changed row put right."""

from sqlalchemy import func, select, text

from marketplace.database import db
from partners.regions import queries
from partners.regions.models import Region, RegionAlias
from partners.regions.service import load_regions, read_csv, read_regions


class TestLoadRegions:
    def test_loads_every_division_once(self) -> None:
        load_regions()
        load_regions()
        assert db.session.scalar(select(func.count()).select_from(Region)) == 3348
        aliases = db.session.scalar(select(func.count()).select_from(RegionAlias))
        assert aliases == len(read_csv("region_aliases.csv"))

    def test_puts_a_changed_division_right_and_leaves_the_others(self) -> None:
        before = db.session.scalar(text("select xmin::text from regions where code = '331121'"))
        db.session.execute(text("update regions set name = 'x' where code = '331122'"))
        load_regions()
        assert queries.tree().get("331122").name == "缙云县"
        after = db.session.scalar(text("select xmin::text from regions where code = '331121'"))
        assert after == before


class TestShippedFiles:
    def test_every_path_runs_from_a_province_to_the_division(self) -> None:
        for row in read_regions():
            assert row["path"][-1] == row["code"]
            assert row["path"][0] == row["code"][:2] + "0000"

    def test_no_former_code_is_the_code_of_another_division_today(self) -> None:
        living = {row["code"] for row in read_csv("regions.csv")}
        clashes = [
            row
            for row in read_csv("region_aliases.csv")
            if row["code"] in living and row["code"] != row["region_code"]
        ]
        assert clashes == []

    def test_every_name_of_the_published_list_leads_to_its_county(self) -> None:
        known = {(row["name"], row["region_code"]) for row in read_csv("region_aliases.csv")}
        for row in read_csv("counties_832.csv"):
            for name in filter(None, row["former_name"].split(";")):
                assert (name, row["code"]) in known
