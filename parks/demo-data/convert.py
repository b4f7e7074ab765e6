"""Writes the demo park's recorded streams as small CSV files that anything can read.

Run by maintainers only: `python parks/demo-data/convert.py <folder of sources>` (needs polars).
The sources' park clock `ts` is local time, UTC+8 without daylight saving; here stamps are UTC.
Energies become Wh with three decimals, powers W; nothing is repaired: defects stay in.
"""

import gzip
import sys
from pathlib import Path

import polars as pl

TARGET = Path(__file__).parent
LOCAL_AHEAD_OF_UTC = pl.duration(hours=8)
STAMP = "%Y-%m-%dT%H:%MZ"
SECOND_STAMP = "%Y-%m-%dT%H:%M:%SZ"

INDUSTRIAL = {
    "E1_STEEL": "steel",
    "E2_METALWORK": "metalwork",
    "E3_ELECTROPLATING": "electroplating",
}
CAMPUS = {
    "E4_LABS_A": "labs_a",
    "E5_LABS_B": "labs_b",
    "E6_OFFICES": "offices",
    "H1_BOILERHOUSE_GAS": "boilerhouse_gas",
    "H2_LABS_B_GAS": "labs_b_gas",
    "H3_GAS": "h3_gas",
}


def start_utc(column: str = "ts", stamp: str = STAMP) -> pl.Expr:
    """Return the park clock's stamp as UTC text."""
    return (pl.col(column) - LOCAL_AHEAD_OF_UTC).dt.strftime(stamp)


def meters(source: Path, names: dict[str, str]) -> pl.DataFrame:
    """One row an interval and one `<device>_wh` column a meter; empty where the meter has a gap."""
    wide = pl.read_parquet(source).pivot(on="meter_id", index="ts", values="kwh").sort("ts")
    energies = [(pl.col(m) * 1000).round(3).alias(f"{d}_wh") for m, d in names.items()]
    return wide.select(start_utc().alias("start_utc"), *energies)


def pv_and_weather(source: Path) -> pl.DataFrame:
    """PV power with the station's irradiance and temperature, sentinels (-99) left in."""
    return (
        pl.read_parquet(source)
        .sort("ts")
        .select(
            start_utc().alias("start_utc"),
            (pl.col("pv_kw") * 1000).round(0).cast(pl.Int64).alias("pv_w"),
            pl.col("total_irr_wm2").alias("irradiance_w_m2"),
            pl.col("temp_c").alias("temperature_c"),
        )
    )


def wind(source: Path) -> pl.DataFrame:
    """Hourly power of the wind turbine."""
    power = (pl.col("wind_kw") * 1000).round(0).cast(pl.Int64).alias("wind_w")
    return pl.read_parquet(source).sort("ts").select(start_utc().alias("start_utc"), power)


def charging_sessions(source: Path) -> pl.DataFrame:
    """One row a session; `port` numbers the source's 52 stations alphabetically from 1."""
    sessions = pl.read_csv(source, try_parse_dates=True)
    ports = {name: i for i, name in enumerate(sorted(sessions["station_id"].unique()), start=1)}
    return sessions.sort("arrival", "station_id").select(
        start_utc("arrival", SECOND_STAMP).alias("arrival_utc"),
        start_utc("departure", SECOND_STAMP).alias("departure_utc"),
        start_utc("estimated_departure", SECOND_STAMP).alias("announced_departure_utc"),
        pl.col("station_id").replace_strict(ports, return_dtype=pl.Int64).alias("port"),
        (pl.col("delivered_kwh") * 1000).round(0).cast(pl.Int64).alias("delivered_wh"),
        (pl.col("requested_kwh") * 1000).round(0).cast(pl.Int64).alias("requested_wh"),
    )


def market(prices: Path, intensities: Path) -> pl.DataFrame:
    """Hourly price and carbon intensity side by side."""
    price = pl.read_csv(prices, try_parse_dates=True)
    return (
        price.join(pl.read_csv(intensities, try_parse_dates=True), on="ts")
        .sort("ts")
        .select(
            start_utc().alias("start_utc"),
            pl.col("import_gbp_per_kwh").alias("price_gbp_per_kwh"),
            pl.col("kgco2_per_kwh").alias("intensity_kg_per_kwh"),
        )
    )


def write(table: pl.DataFrame, name: str) -> None:
    """Byte-identical for identical input: the gzip header carries no name and no time."""
    packed = gzip.compress(table.write_csv().encode(), compresslevel=9, mtime=0)
    (TARGET / f"{name}.csv.gz").write_bytes(packed)
    print(f"{name}: {table.height} rows, {len(packed) // 1024} KiB, {table.columns}")


def main(source: Path) -> None:
    """Write all six files next to this script."""
    write(meters(source / "elec_industrial_15min.parquet", INDUSTRIAL), "industrial_15min")
    write(meters(source / "elec_gas_campus_hourly.parquet", CAMPUS), "campus_hourly")
    write(pv_and_weather(source / "pv_weather_15min.parquet"), "pv_weather_15min")
    write(wind(source / "wind_hourly.parquet"), "wind_hourly")
    write(charging_sessions(source / "ev_sessions.csv.gz"), "ev_sessions")
    market_files = ("price_agile_gb_2019_hourly.csv.gz", "carbon_gb_neso_2019_hourly.csv.gz")
    write(market(*(source / name for name in market_files)), "market_hourly")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
