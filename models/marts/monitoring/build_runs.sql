{{ build_records() }}
