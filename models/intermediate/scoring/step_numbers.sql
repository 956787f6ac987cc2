-- 0 to 9,999: enough for a decay step every day in 27 years.
with

digits as (

    {% for digit in range(10) %}
    select {{ digit }} as digit{{ ' union all' if not loop.last }}
    {% endfor %}

)

select thousands.digit * 1000 + hundreds.digit * 100 + tens.digit * 10 + ones.digit as step_number
from digits as thousands
cross join digits as hundreds
cross join digits as tens
cross join digits as ones
