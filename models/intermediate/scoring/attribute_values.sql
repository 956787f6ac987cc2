with

all_values as (

    select * from {{ ref('raw_attribute_values') }}
    where attribute in (select attribute from {{ ref('attribute_conditions') }})
    union all
    select * from {{ ref('derived_attribute_values') }}

)

select
    lead_id,
    attribute,
    value,
    valid_from,
    coalesce(
        lead(valid_from) over (partition by lead_id, attribute order by valid_from), {{ end_of_time() }}
    ) as valid_to
from all_values
